// Code in the shape that instrument generates it in.

package payments

import (
	"context"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/service"
)

// serviceAPI is what both sides know of Service.
var serviceAPI = service.API{
	Name:       "github.com/instrumentgo/instrument/bindings/service/internal/payments.Service",
	Errors:     map[string]error{"ErrDeclined": ErrDeclined, "ErrExpired": ErrExpired},
	Idempotent: []string{"Find"},
}

// OpenService returns the Service that an environment binds to name: one of this process, or a client of another's.
func OpenService(ctx context.Context, p *bindings.Platform, name string) (Service, error) {
	return service.Open(ctx, p, name, serviceAPI,
		func(c *service.Client) Service { return serviceClient{c} },
		func(r *service.Ref[Service]) Service { return serviceLocal{r} })
}

// ProvideService makes impl the Service that the platform's binding of that name means by local:.
func ProvideService(p *bindings.Platform, name string, impl Service) error {
	return service.Provide(p, name, impl)
}

// ServiceHandler serves impl to clients in other processes, over HTTP and JSON.
func ServiceHandler(impl Service, options ...service.HandlerOption) *service.Handler {
	h := service.NewHandler(serviceAPI, options...)
	service.Handle(h, "Charge", func(ctx context.Context, in *serviceChargeIn) (out serviceChargeOut, err error) {
		out.Result, err = impl.Charge(ctx, in.Order, in.Cents)
		return out, err
	})
	service.Handle(h, "Find", func(ctx context.Context, in *serviceFindIn) (out serviceFindOut, err error) {
		out.Result, err = impl.Find(ctx, in.Order)
		return out, err
	})
	service.Handle(h, "Refund", func(ctx context.Context, in *serviceRefundIn) (out service.None, err error) {
		return out, impl.Refund(ctx, in.Receipts...)
	})
	service.Handle(h, "Ping", func(ctx context.Context, in *service.None) (out service.None, err error) {
		return out, impl.Ping(ctx)
	})
	service.Handle(h, "Sum", func(ctx context.Context, in *serviceSumIn) (out serviceSumOut, err error) {
		out.Total, out.Orders, err = impl.Sum(ctx, in.ByOrder)
		return out, err
	})
	return h
}

// The arguments and results of Service's methods as they travel.
type (
	serviceChargeIn struct {
		Order OrderID `json:"order"`
		Cents int64   `json:"cents"`
	}
	serviceChargeOut struct {
		Result Receipt `json:"result"`
	}
	serviceFindIn struct {
		Order OrderID `json:"order"`
	}
	serviceFindOut struct {
		Result *Receipt `json:"result"`
	}
	serviceRefundIn struct {
		Receipts []Receipt `json:"receipts"`
	}
	serviceSumIn struct {
		ByOrder map[OrderID]int64 `json:"byOrder"`
	}
	serviceSumOut struct {
		Total  int64     `json:"total"`
		Orders []OrderID `json:"orders"`
	}
)

// serviceClient is a Service in another process.
type serviceClient struct{ client *service.Client }

func (c serviceClient) Charge(ctx context.Context, order OrderID, cents int64) (Receipt, error) {
	out, err := service.Call[serviceChargeOut](ctx, c.client, "Charge", &serviceChargeIn{order, cents})
	return out.Result, err
}

func (c serviceClient) Find(ctx context.Context, order OrderID) (*Receipt, error) {
	out, err := service.Call[serviceFindOut](ctx, c.client, "Find", &serviceFindIn{order})
	return out.Result, err
}

func (c serviceClient) Refund(ctx context.Context, receipts ...Receipt) error {
	_, err := service.Call[service.None](ctx, c.client, "Refund", &serviceRefundIn{receipts})
	return err
}

func (c serviceClient) Ping(ctx context.Context) error {
	_, err := service.Call[service.None](ctx, c.client, "Ping", &service.None{})
	return err
}

func (c serviceClient) Sum(ctx context.Context, byOrder map[OrderID]int64) (total int64, orders []OrderID, err error) {
	out, err := service.Call[serviceSumOut](ctx, c.client, "Sum", &serviceSumIn{byOrder})
	return out.Total, out.Orders, err
}

// serviceLocal is the Service that this process provides.
type serviceLocal struct{ ref *service.Ref[Service] }

func (l serviceLocal) Charge(ctx context.Context, order OrderID, cents int64) (_ Receipt, err error) {
	s, err := l.ref.Get(ctx, "Charge")
	if err != nil {
		return
	}
	return s.Charge(ctx, order, cents)
}

func (l serviceLocal) Find(ctx context.Context, order OrderID) (_ *Receipt, err error) {
	s, err := l.ref.Get(ctx, "Find")
	if err != nil {
		return
	}
	return s.Find(ctx, order)
}

func (l serviceLocal) Refund(ctx context.Context, receipts ...Receipt) error {
	s, err := l.ref.Get(ctx, "Refund")
	if err != nil {
		return err
	}
	return s.Refund(ctx, receipts...)
}

func (l serviceLocal) Ping(ctx context.Context) error {
	s, err := l.ref.Get(ctx, "Ping")
	if err != nil {
		return err
	}
	return s.Ping(ctx)
}

func (l serviceLocal) Sum(ctx context.Context, byOrder map[OrderID]int64) (total int64, orders []OrderID, err error) {
	s, err := l.ref.Get(ctx, "Sum")
	if err != nil {
		return
	}
	return s.Sum(ctx, byOrder)
}
