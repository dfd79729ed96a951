package debug

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"

	"github.com/instrumentgo/instrument/runtimehooks"
)

// layer is the name of the overrides that this page makes.
const layer = "page"

// actions are what the buttons of the page do, by the last element of the path that they post to.
var actions = map[string]func(*handler, url.Values) error{
	"breaker": (*handler).forceBreaker,
	"aspect":  (*handler).switchAspect,
	"reset":   (*handler).reset,
}

var forces = map[string]runtimehooks.BreakerForce{
	"auto": runtimehooks.BreakerAuto, "open": runtimehooks.BreakerForcedOpen, "closed": runtimehooks.BreakerForcedClosed,
}

// act does what a button says, and leads back to the page.
func (h *handler) act(w http.ResponseWriter, r *http.Request, name string) {
	if !h.control {
		h.refuse(w, r, http.StatusForbidden, "This page shows and does not change: its handler is made without debug.Control().")
		return
	}
	if err := h.protection.Check(r); err != nil {
		h.refuse(w, r, http.StatusForbidden, "The request comes from another site.")
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	if err := r.ParseForm(); err != nil {
		h.refuse(w, r, http.StatusBadRequest, "The form cannot be read.")
		return
	}
	form := r.PostForm // what is in the URL does not count
	defer h.boards.expire()
	if err := actions[name](h, form); err != nil {
		h.refuse(w, r, http.StatusConflict, err.Error())
		return
	}
	slog.InfoContext(r.Context(), "instrument: operator's change", "action", name, "function", form.Get("function"),
		"key", form.Get("key"), "aspect", form.Get("aspect"), "to", form.Get("to"), "remote", r.RemoteAddr)
	if wantsJSON(r) {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	q := readQuery(form)
	q.Open = form.Get("function")
	to := q.url()
	if q.Open != "" {
		to += "#" + siteID(q.Open)
	}
	redirect(w, to, "")
}

// forceBreaker reads function, key and to: "auto", "open" or "closed".
func (h *handler) forceBreaker(form url.Values) error {
	to, ok := forces[form.Get("to")]
	if !ok {
		return fmt.Errorf("force breaker: to must be auto, open or closed, not %q", form.Get("to"))
	}
	key, err := h.keyOf(form.Get("function"), form.Get("key"))
	if err != nil {
		return err
	}
	return h.source.ForceBreaker(form.Get("function"), key, to)
}

// switchAspect reads function, aspect and to: "on" or "off".
func (h *handler) switchAspect(form url.Values) error {
	function, aspect, to := form.Get("function"), form.Get("aspect"), form.Get("to")
	if to != "on" && to != "off" {
		return fmt.Errorf("switch aspect: to must be on or off, not %q", to)
	}
	h.changing.Lock()
	defer h.changing.Unlock()
	if _, ok := h.enabled(function, aspect); !ok {
		return fmt.Errorf("switch aspect: there is no site %s with %s", function, aspect)
	}
	before := h.source.Layers()[layer]
	err := h.say(function, aspect, "") // what would be without this page's word
	if enabled, _ := h.enabled(function, aspect); err == nil && enabled != (to == "on") {
		err = h.say(function, aspect, map[string]string{"on": "true", "off": "false"}[to])
	}
	if enabled, _ := h.enabled(function, aspect); err == nil && enabled != (to == "on") {
		err = fmt.Errorf("switch aspect: what the program overrides itself keeps %s of %s as it is", aspect, function)
	}
	if err != nil {
		return errors.Join(err, h.source.Layer(layer, before))
	}
	return nil
}

// say writes a site's option "enabled" of an aspect into the page's layer; "" takes it out.
func (h *handler) say(function, aspect, enabled string) error {
	o := h.source.Layers()[layer]
	if o.Sites == nil {
		o.Sites = map[string]runtimehooks.AspectOverrides{}
	}
	switch aspects := o.Sites[function]; {
	case enabled != "" && aspects == nil:
		o.Sites[function] = runtimehooks.AspectOverrides{aspect: {"enabled": enabled}}
	case enabled != "":
		aspects[aspect] = runtimehooks.OptionOverrides{"enabled": enabled}
	default:
		delete(aspects, aspect)
		if len(aspects) == 0 {
			delete(o.Sites, function)
		}
	}
	return h.source.Layer(layer, o)
}

// enabled reports whether an aspect of a site is enabled, and whether there is such a one.
func (h *handler) enabled(function, aspect string) (enabled, ok bool) {
	for _, s := range h.source.Sites() {
		if s.Function != function {
			continue
		}
		for _, a := range s.Aspects {
			if a.Name == aspect {
				return a.Enabled, true
			}
		}
	}
	return false, false
}

// reset takes back all that this page has switched, and lets all breakers decide for themselves.
func (h *handler) reset(url.Values) error {
	h.changing.Lock()
	defer h.changing.Unlock()
	errs := []error{h.source.Layer(layer, runtimehooks.Overrides{})}
	for _, s := range h.source.Sites() {
		for _, b := range s.Breakers {
			if b.Forced {
				errs = append(errs, h.source.ForceBreaker(s.Function, b.Key, runtimehooks.BreakerAuto))
			}
		}
	}
	return errors.Join(errs...)
}
