// Follows the process by the stream "events", whose fragments are those that the server renders anyway, and sends filters,
// sorting and buttons without a new page. Without it all of that works by links and forms.
'use strict';
(() => {
	const $ = id => document.getElementById(id);
	const version = document.documentElement.dataset.version;
	const sites = $('sites'), filter = $('q'), pause = $('pause');
	let stream = null, paused = false, late = 0, again = 0;

	// morph makes a node look like another one, and keeps what a person has done to it: open details, focus, selection.
	function morph(node, model) {
		if (node.nodeType !== model.nodeType || node.nodeName !== model.nodeName) {
			node.replaceWith(model);
			return;
		}
		if (node.nodeType !== Node.ELEMENT_NODE) {
			if (node.data !== model.data) node.data = model.data;
			return;
		}
		for (const {name} of [...node.attributes])
			if (!model.hasAttribute(name) && name !== 'open') node.removeAttribute(name);
		for (const {name, value} of [...model.attributes])
			if (node.getAttribute(name) !== value && name !== 'open') node.setAttribute(name, value);
		morphChildren(node, model);
	}

	function morphChildren(node, model) {
		const now = [...node.childNodes], next = [...model.childNodes];
		next.forEach((child, i) => now[i] ? morph(now[i], child) : node.append(child));
		now.slice(next.length).forEach(child => child.remove());
	}

	function parse(html) {
		const template = document.createElement('template');
		template.innerHTML = html;
		return template.content;
	}

	function update(u) {
		if (u.version !== version) { // the server is another one now
			location.reload();
			return;
		}
		for (const [id, html] of Object.entries(u.sites || {})) {
			const model = parse(html).firstElementChild, node = $(id);
			node ? morph(node, model) : sites.append(model);
		}
		if (u.summary) morphChildren($('summary'), parse(u.summary));
		if (u.pages !== undefined) morphChildren($('pages'), parse(u.pages));
		if (u.order || u.empty) arrange(u.order || []);
	}

	function arrange(order) {
		const keep = new Set(order);
		for (const node of [...sites.children]) if (!keep.has(node.id)) node.remove();
		order.forEach((id, i) => {
			const node = $(id);
			if (node && sites.children[i] !== node) sites.insertBefore(node, sites.children[i] || null);
		});
		$('none').hidden = order.length > 0;
		if (order.length === 0 && filter.value) $('none').textContent = 'No site matches this filter.';
	}

	function status(text) {
		if ($('status').textContent !== text) $('status').textContent = text;
		$('status').dataset.state = text.toLowerCase();
	}

	function close() {
		if (stream) stream.close();
		stream = null;
	}

	function connect() {
		close();
		clearTimeout(again);
		if (paused || document.hidden) return;
		stream = new EventSource('events' + location.search);
		stream.addEventListener('update', event => { status('Live'); update(JSON.parse(event.data)); });
		stream.onerror = () => {
			status('Disconnected');
			if (stream && stream.readyState === EventSource.CLOSED) again = setTimeout(connect, 5000); // a proxy said so: it is for good
		};
	}

	pause.addEventListener('click', () => {
		paused = !paused;
		pause.setAttribute('aria-pressed', paused);
		pause.textContent = paused ? 'Resume' : 'Pause';
		if (paused) status('Paused');
		connect();
	});
	document.addEventListener('visibilitychange', connect);
	window.addEventListener('pagehide', close);
	window.addEventListener('pageshow', event => { if (event.persisted) connect(); });

	// go shows what a link of the page would, in place.
	function go(url) {
		history.replaceState(null, '', url);
		const query = new URLSearchParams(location.search), sort = query.get('sort') || 'function';
		for (const a of document.querySelectorAll('nav.columns a')) {
			const link = new URLSearchParams(query);
			link.delete('open');
			link.delete('page');
			a.dataset.sort === 'function' ? link.delete('sort') : link.set('sort', a.dataset.sort);
			a.href = './' + (link.size ? '?' + link : '');
			a.dataset.sort === sort ? a.setAttribute('aria-current', 'true') : a.removeAttribute('aria-current');
		}
		query.delete('page');
		query.set('format', 'json');
		document.querySelector('a.data').href = './?' + query;
		if (filter.value !== (query.get('q') || '') && document.activeElement !== filter) filter.value = query.get('q') || '';
		if (paused) pause.click(); else connect();
	}

	filter.addEventListener('input', () => {
		clearTimeout(late);
		late = setTimeout(() => {
			const query = new URLSearchParams(location.search);
			query.delete('open');
			query.delete('page');
			filter.value.trim() ? query.set('q', filter.value.trim()) : query.delete('q');
			go('./' + (query.size ? '?' + query : ''));
		}, 150);
	});
	filter.form.addEventListener('submit', event => event.preventDefault());

	document.addEventListener('click', event => {
		const a = event.target.closest('nav.columns a, #summary a, #pages a');
		if (!a || event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
		event.preventDefault();
		if (a.closest('#summary')) filter.blur();
		go(a.href);
	});

	document.addEventListener('keydown', event => {
		if (event.key === '/' && !event.target.matches('input') && !event.metaKey && !event.ctrlKey && !event.altKey) {
			event.preventDefault();
			filter.select();
		}
	});

	document.addEventListener('submit', async event => {
		if (!event.target.matches('form.action')) return;
		event.preventDefault();
		const notice = $('notice'), button = event.submitter;
		const body = new URLSearchParams(new FormData(event.target, button));
		let failure = '';
		button.disabled = true;
		try {
			const response = await fetch(event.target.getAttribute('action'), {method: 'POST', body, headers: {Accept: 'application/json'}});
			if (!response.ok) failure = (await response.json()).error;
		} catch {
			failure = 'The process did not answer.';
		}
		button.disabled = false;
		button.focus();
		notice.textContent = failure;
		notice.hidden = !failure;
		if (!paused) connect(); // at once, not within a second
	});

	document.querySelector('.live').hidden = false;
	document.documentElement.classList.add('scripted');
	connect();
})();
