package api

import (
	"net/http"

	"github.com/zoop-dev/zoop/internal/domain"
)

// route is one row of the table below.
type route struct {
	method string
	path   string
	may    access
	handle handler
	raw    func(w http.ResponseWriter, r *http.Request, actor domain.Actor) error // instead of handle, for what is no JSON call
}

// routes is the whole API on one screen, equal to the contract, openapi.yaml, or New fails. The router tries them in this
// order, so what is asked most often comes first.
func (h *handlers) routes() []route {
	return []route{
		{"GET", "/api/v1/cities", public, h.listCities, nil},
		{"GET", "/api/v1/vendors", public, h.listVendors, nil},
		{"GET", "/api/v1/vendors/{id}", public, h.getVendor, nil},
		{"GET", "/api/v1/vendors/{id}/menu", public, h.getMenu, nil},
		{"GET", "/api/v1/vendors/{id}/hours", public, h.getHours, nil},
		{"GET", "/api/v1/dishes/{id}", public, h.getDish, nil},

		{"GET", "/healthz", anybody, h.healthz, nil},
		{"GET", "/readyz", anybody, h.readyz, nil},
		{"GET", "/metrics", anybody, nil, h.metrics},
		{"GET", "/version", anybody, h.version, nil},
		{"GET", "/openapi.json", anybody, h.openapi, nil},
		{"GET", "/docs", anybody, h.docs, nil},

		{"POST", "/api/v1/auth/signup", anybody, h.signup, nil},
		{"POST", "/api/v1/auth/login", anybody, h.login, nil},
		{"POST", "/api/v1/auth/verify", anybody, h.verify, nil},
		{"POST", "/api/v1/auth/refresh", anybody, h.refresh, nil},
		{"POST", "/api/v1/auth/logout", signedIn, h.logout, nil},

		{"GET", "/api/v1/me", signedIn, h.getMe, nil},
		{"PATCH", "/api/v1/me", signedIn, h.patchMe, nil},
		{"GET", "/api/v1/me/addresses", signedIn, h.listAddresses, nil},
		{"POST", "/api/v1/me/addresses", signedIn, h.createAddress, nil},
		{"PATCH", "/api/v1/me/addresses/{id}", signedIn, h.patchAddress, nil},
		{"DELETE", "/api/v1/me/addresses/{id}", signedIn, h.deleteAddress, nil},

		{"GET", "/api/v1/me/vendors", vendors, h.listMyVendors, nil},

		{"POST", "/api/v1/vendors", vendors, h.createVendor, nil},
		{"PATCH", "/api/v1/vendors/{id}", vendors, h.patchVendor, nil},
		{"PUT", "/api/v1/vendors/{id}/hours", vendors, h.putHours, nil},
		{"POST", "/api/v1/vendors/{id}/pause", keepers, h.pauseVendor, nil},
		{"POST", "/api/v1/vendors/{id}/resume", keepers, h.resumeVendor, nil},
		{"POST", "/api/v1/vendors/{id}/categories", vendors, h.createCategory, nil},
		{"PATCH", "/api/v1/categories/{id}", vendors, h.patchCategory, nil},
		{"DELETE", "/api/v1/categories/{id}", vendors, h.deleteCategory, nil},
		{"POST", "/api/v1/vendors/{id}/dishes", vendors, h.createDish, nil},
		{"PATCH", "/api/v1/dishes/{id}", vendors, h.patchDish, nil},
		{"DELETE", "/api/v1/dishes/{id}", vendors, h.deleteDish, nil},
		{"PUT", "/api/v1/dishes/{id}/availability", vendors, h.putAvailability, nil},
		{"GET", "/api/v1/vendors/{id}/orders", keepers, h.listVendorOrders, nil},

		{"GET", "/api/v1/cart", customers, h.getCart, nil},
		{"PUT", "/api/v1/cart", customers, h.putCart, nil},
		{"DELETE", "/api/v1/cart", customers, h.deleteCart, nil},

		{"GET", "/api/v1/orders", signedIn, h.listOrders, nil},
		{"POST", "/api/v1/orders", customers, h.placeOrder, nil},
		{"GET", "/api/v1/orders/{id}", signedIn, h.getOrder, nil},
		{"GET", "/api/v1/orders/{id}/events", signedIn, h.listOrderEvents, nil},
		{"POST", "/api/v1/orders/{id}/accept", vendors, h.acceptOrder, nil},
		{"POST", "/api/v1/orders/{id}/reject", vendors, h.rejectOrder, nil},
		{"POST", "/api/v1/orders/{id}/start", vendors, h.startOrder, nil},
		{"POST", "/api/v1/orders/{id}/ready", vendors, h.readyOrder, nil},
		{"POST", "/api/v1/orders/{id}/collect", vendors, h.collectOrder, nil},
		{"POST", "/api/v1/orders/{id}/cancel", askers, h.cancelOrder, nil},

		{"GET", "/api/v1/courier/profile", couriers, h.getCourier, nil},
		{"PUT", "/api/v1/courier/profile", couriers, h.putCourier, nil},
		{"PUT", "/api/v1/courier/availability", couriers, h.putCourierAvailability, nil},
		{"POST", "/api/v1/courier/location", couriers, h.postLocation, nil},
		{"GET", "/api/v1/courier/offers", couriers, h.listOffers, nil},
		{"GET", "/api/v1/courier/deliveries", couriers, h.listDeliveries, nil},
		{"POST", "/api/v1/offers/{id}/accept", couriers, h.acceptOffer, nil},
		{"POST", "/api/v1/offers/{id}/decline", couriers, h.declineOffer, nil},
		{"POST", "/api/v1/deliveries/{id}/arrive", couriers, h.arriveDelivery, nil},
		{"POST", "/api/v1/deliveries/{id}/pickup", couriers, h.pickupDelivery, nil},
		{"POST", "/api/v1/deliveries/{id}/deliver", couriers, h.deliverDelivery, nil},

		{"POST", "/api/v1/admin/vendors/{id}/approve", staff, h.approveVendor, nil},
		{"POST", "/api/v1/admin/vendors/{id}/reject", staff, h.rejectVendor, nil},
		{"POST", "/api/v1/admin/vendors/{id}/suspend", staff, h.suspendVendor, nil},
		{"POST", "/api/v1/admin/couriers/{id}/approve", staff, h.approveCourier, nil},
		{"POST", "/api/v1/admin/couriers/{id}/reject", staff, h.rejectCourier, nil},
		{"POST", "/api/v1/admin/couriers/{id}/suspend", staff, h.suspendCourier, nil},
		{"GET", "/api/v1/admin/feed", staff, h.getFeed, nil},
		{"GET", "/api/v1/admin/events", staff, h.listEvents, nil},

		{"GET", "/api/v1/ws", public, nil, h.sockets},
		{"POST", "/api/v1/ws/ticket", signedIn, h.createTicket, nil},
	}
}
