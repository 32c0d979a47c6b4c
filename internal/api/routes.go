package api

import (
	"net/http"
	"slices"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/account"
	"github.com/zoop-dev/zoop/internal/domain/payout"
	"github.com/zoop-dev/zoop/internal/domain/pricing"
)

// route is one row of the table below.
type route struct {
	method string
	path   string
	may    access
	handle handler
	raw    func(w http.ResponseWriter, r *http.Request, actor domain.Actor) error // instead of handle, for what is no JSON call
}

// routes is the whole API, equal to the contract, openapi.yaml, or New fails. The router tries them in this order, so what is
// asked most often comes first.
func (h *handlers) routes() []route {
	return slices.Concat(
		h.discoveryRoutes(), h.operationRoutes(), h.accountRoutes(), h.vendorRoutes(), h.webhookRoutes(), h.orderRoutes(), h.reviewRoutes(), h.courierRoutes(),
		h.payoutRoutes(), h.ruleRoutes(), h.staffRoutes(), h.liveRoutes(),
	)
}

// discoveryRoutes are what a hungry person reads, without signing in.
func (h *handlers) discoveryRoutes() []route {
	return []route{
		{"GET", "/api/v1/cities", public, h.listCities, nil},
		{"GET", "/api/v1/vendors", public, h.listVendors, nil},
		{"GET", "/api/v1/vendors/facets", public, h.listFacets, nil},
		{"GET", "/api/v1/search", public, h.search, nil},
		{"GET", "/api/v1/search/suggest", public, h.suggest, nil},
		{"GET", "/api/v1/vendors/{id}", public, h.getVendor, nil},
		{"GET", "/api/v1/vendors/{id}/menu", public, h.getMenu, nil},
		{"GET", "/api/v1/vendors/{id}/hours", public, h.getHours, nil},
		{"GET", "/api/v1/vendors/{id}/closures", public, h.listClosures, nil},
		{"GET", "/api/v1/vendors/{id}/zone", public, h.getZone, nil},
		{"GET", "/api/v1/vendors/{id}/reviews", public, h.listVendorReviews, nil},
		{"GET", "/api/v1/vendors/{id}/offers", public, h.listVendorOffers, nil},
		{"GET", "/api/v1/dishes/{id}", public, h.getDish, nil},
		{"GET", "/media/{name}", anybody, nil, h.getPicture},
	}
}

// operationRoutes are for those who run the process, and for their tools.
func (h *handlers) operationRoutes() []route {
	return []route{
		{"GET", "/healthz", anybody, h.healthz, nil},
		{"GET", "/readyz", anybody, h.readyz, nil},
		{"GET", "/metrics", anybody, nil, h.metrics},
		{"GET", "/version", anybody, h.version, nil},
		{"GET", "/.well-known/jwks.json", anybody, h.getKeys, nil},
		{"GET", "/openapi.json", anybody, h.openapi, nil},
		{"GET", "/docs", anybody, h.docs, nil},
		{"POST", "/api/v1/psp/{provider}/webhook", anybody, h.takeWebhook, nil},
	}
}

// accountRoutes are signing in, and what people have of their own.
func (h *handlers) accountRoutes() []route {
	return []route{
		{"PUT", "/api/v1/me/picture", signedIn, h.putMyPicture, nil},
		{"DELETE", "/api/v1/me/picture", signedIn, h.deleteMyPicture, nil},
		{"POST", "/api/v1/auth/signup", anybody, h.signup, nil},
		{"POST", "/api/v1/auth/login", anybody, h.login, nil},
		{"POST", "/api/v1/auth/verify", anybody, h.verify, nil},
		{"POST", "/api/v1/auth/invitations/accept", anybody, h.acceptInvitation, nil},
		{"POST", "/api/v1/auth/refresh", anybody, h.refresh, nil},
		{"POST", "/api/v1/auth/logout", signedIn, h.logout, nil},
		{"GET", "/api/v1/me", signedIn, h.getMe, nil},
		{"PATCH", "/api/v1/me", signedIn, h.patchMe, nil},
		{"GET", "/api/v1/me/preferences", signedIn, h.getPreferences, nil},
		{"PUT", "/api/v1/me/preferences", signedIn, h.putPreferences, nil},
		{"GET", "/api/v1/me/wallet", customers, h.getWallet, nil},
		{"GET", "/api/v1/me/addresses", signedIn, h.listAddresses, nil},
		{"POST", "/api/v1/me/addresses", signedIn, h.createAddress, nil},
		{"PATCH", "/api/v1/me/addresses/{id}", owners, h.patchAddress, nil},
		{"DELETE", "/api/v1/me/addresses/{id}", owners, h.deleteAddress, nil},
		{"GET", "/api/v1/me/sessions", signedIn, h.listSessions, nil},
		{"DELETE", "/api/v1/me/sessions", signedIn, h.endOtherSessions, nil},
		{"DELETE", "/api/v1/me/sessions/{id}", owners, h.endSession, nil},
		{"GET", "/api/v1/me/export", signedIn, nil, h.export},
		{"POST", "/api/v1/me/erasure", selves(domain.RoleCustomer, domain.RoleVendor, domain.RoleCourier), h.erase, nil},
	}
}

// vendorRoutes are a vendor's page, menu, house and orders, for its members.
func (h *handlers) vendorRoutes() []route {
	return []route{
		{"PUT", "/api/v1/vendors/{id}/image", members(account.EditVendor).with(domain.VendorWrite), h.putVendorPicture, nil},
		{"DELETE", "/api/v1/vendors/{id}/image", members(account.EditVendor).with(domain.VendorWrite), h.deleteVendorPicture, nil},
		{"PUT", "/api/v1/dishes/{id}/image", members(account.EditMenu).with(domain.MenuWrite), h.putDishPicture, nil},
		{"DELETE", "/api/v1/dishes/{id}/image", members(account.EditMenu).with(domain.MenuWrite), h.deleteDishPicture, nil},
		{"GET", "/api/v1/me/vendors", vendors.with(domain.OrdersRead), h.listMyVendors, nil},
		{"POST", "/api/v1/vendors", vendors, h.createVendor, nil},
		{"PATCH", "/api/v1/vendors/{id}", members(account.EditVendor).with(domain.VendorWrite), h.patchVendor, nil},
		{"PUT", "/api/v1/vendors/{id}/hours", members(account.EditVendor).with(domain.VendorWrite), h.putHours, nil},
		{"PUT", "/api/v1/vendors/{id}/zone", members(account.EditVendor).with(domain.VendorWrite), h.putZone, nil},
		{"POST", "/api/v1/vendors/{id}/pause", members(account.RunMenu).or(staff(domain.PauseVendors)).with(domain.VendorWrite), h.pauseVendor, nil},
		{"POST", "/api/v1/vendors/{id}/resume", members(account.RunMenu).or(staff(domain.PauseVendors)).with(domain.VendorWrite), h.resumeVendor, nil},
		{"PUT", "/api/v1/vendors/{id}/busy", members(account.RunMenu).with(domain.VendorWrite), h.putBusy, nil},
		{"POST", "/api/v1/vendors/{id}/closures", members(account.EditVendor).with(domain.VendorWrite), h.createClosure, nil},
		{"DELETE", "/api/v1/vendors/{id}/closures/{closureId}", members(account.EditVendor).with(domain.VendorWrite), h.deleteClosure, nil},
		{"POST", "/api/v1/vendors/{id}/categories", members(account.EditMenu).with(domain.MenuWrite), h.createCategory, nil},
		{"PATCH", "/api/v1/categories/{id}", members(account.EditMenu).with(domain.MenuWrite), h.patchCategory, nil},
		{"DELETE", "/api/v1/categories/{id}", members(account.EditMenu).with(domain.MenuWrite), h.deleteCategory, nil},
		{"POST", "/api/v1/vendors/{id}/dishes", members(account.EditMenu).with(domain.MenuWrite), h.createDish, nil},
		{"PATCH", "/api/v1/dishes/{id}", members(account.EditMenu).with(domain.MenuWrite), h.patchDish, nil},
		{"DELETE", "/api/v1/dishes/{id}", members(account.EditMenu).with(domain.MenuWrite), h.deleteDish, nil},
		{"PUT", "/api/v1/dishes/{id}/availability", members(account.RunMenu).or(staff(domain.PauseVendors)).with(domain.MenuWrite), h.putAvailability, nil},
		{"PUT", "/api/v1/dishes/{id}/options/{optionId}/availability", members(account.RunMenu).with(domain.MenuWrite), h.putOptionAvailability, nil},
		{"PUT", "/api/v1/dishes/{id}/stock", members(account.RunMenu).with(domain.MenuWrite), h.putStock, nil},
		{"PUT", "/api/v1/vendors/{id}/menu", members(account.EditMenu).with(domain.MenuWrite), h.putMenu, nil},
		{"GET", "/api/v1/vendors/{id}/menu/document", members(account.EditMenu).or(staff(0)).with(domain.MenuWrite), h.getMenuDocument, nil},
		{"POST", "/api/v1/vendors/{id}/menu/copy", members(account.EditMenu), h.copyMenu, nil},
		{"GET", "/api/v1/vendors/{id}/menu/versions", members(account.EditMenu).with(domain.MenuWrite), h.listMenuVersions, nil},
		{"GET", "/api/v1/vendors/{id}/menu/versions/{version}", members(account.EditMenu).with(domain.MenuWrite), h.getMenuVersion, nil},
		{"POST", "/api/v1/vendors/{id}/menu/versions/{version}/restore", members(account.EditMenu).with(domain.MenuWrite), h.restoreMenuVersion, nil},
		{"GET", "/api/v1/vendors/{id}/members", members(account.RunOrders).or(staff(0)), h.listMembers, nil},
		{"POST", "/api/v1/vendors/{id}/members", members(account.ManageMembers), h.inviteMember, nil},
		{"PATCH", "/api/v1/vendors/{id}/members/{memberId}", members(account.ManageMembers), h.patchMember, nil},
		{"DELETE", "/api/v1/vendors/{id}/members/{memberId}", members(account.RunOrders), h.deleteMember, nil}, // oneself; owners: all
		{"GET", "/api/v1/vendors/{id}/keys", members(account.ManageKeys), h.listKeys, nil},
		{"POST", "/api/v1/vendors/{id}/keys", members(account.ManageKeys), h.createKey, nil},
		{"DELETE", "/api/v1/vendors/{id}/keys/{keyId}", members(account.ManageKeys), h.revokeKey, nil},
		{"POST", "/api/v1/vendors/{id}/keys/{keyId}/rotate", members(account.ManageKeys), h.rotateKey, nil},
		{"GET", "/api/v1/vendors/{id}/orders", members(account.RunOrders).or(staff(0)).with(domain.OrdersRead), h.listVendorOrders, nil},
	}
}

// webhookRoutes are what a vendor's partners are told. Who has a key reads, tries and repeats; what outlives a key is its owners' to make.
func (h *handlers) webhookRoutes() []route {
	keepers := members(account.ManageHooks)
	readers := keepers.or(staff(0)).with(domain.OrdersRead)
	helpers := keepers.or(staff(domain.Onboard))
	return []route{
		{"GET", "/api/v1/vendors/{id}/webhooks", readers, h.listWebhooks, nil},
		{"POST", "/api/v1/vendors/{id}/webhooks", keepers, h.createWebhook, nil},
		{"GET", "/api/v1/vendors/{id}/webhooks/{webhookId}", readers, h.getWebhook, nil},
		{"PATCH", "/api/v1/vendors/{id}/webhooks/{webhookId}", keepers, h.patchWebhook, nil},
		{"DELETE", "/api/v1/vendors/{id}/webhooks/{webhookId}", keepers, h.deleteWebhook, nil},
		{"POST", "/api/v1/vendors/{id}/webhooks/{webhookId}/enable", helpers, h.switchWebhook(true), nil},
		{"POST", "/api/v1/vendors/{id}/webhooks/{webhookId}/disable", helpers, h.switchWebhook(false), nil},
		{"POST", "/api/v1/vendors/{id}/webhooks/{webhookId}/rotate", keepers, h.rotateWebhook, nil},
		{"POST", "/api/v1/vendors/{id}/webhooks/{webhookId}/test", helpers.with(domain.OrdersRead), h.testWebhook, nil},
		{"POST", "/api/v1/vendors/{id}/webhooks/{webhookId}/redeliver", helpers.with(domain.OrdersRead), h.redeliverWebhook, nil},
		{"GET", "/api/v1/vendors/{id}/webhooks/{webhookId}/deliveries", readers, h.listWebhookDeliveries, nil},
		{"GET", "/api/v1/vendors/{id}/webhooks/{webhookId}/deliveries/{deliveryId}", readers, h.getWebhookDelivery, nil},
		{"POST", "/api/v1/vendors/{id}/webhooks/{webhookId}/deliveries/{deliveryId}/redeliver", helpers.with(domain.OrdersRead), h.redeliverWebhookDelivery, nil},
	}
}

// orderRoutes are carts and orders.
func (h *handlers) orderRoutes() []route {
	involved := customer.or(members(account.RunOrders)).or(courier).or(staff(0)) // in an order
	return []route{
		{"GET", "/api/v1/cart", customers, h.getCart, nil},
		{"PUT", "/api/v1/cart", customers, h.putCart, nil},
		{"DELETE", "/api/v1/cart", customers, h.deleteCart, nil},
		{"GET", "/api/v1/cart/slots", customers, h.listSlots, nil},
		{"GET", "/api/v1/orders", customers.or(couriers).or(staff(0)), h.listOrders, nil},
		{"POST", "/api/v1/orders", customers, h.placeOrder, nil},
		{"GET", "/api/v1/orders/{id}", involved.with(domain.OrdersRead), h.getOrder, nil},
		{"GET", "/api/v1/orders/{id}/tracking", involved.with(domain.OrdersRead), h.trackOrder, nil},
		{"POST", "/api/v1/orders/{id}/tracking-link", customer, h.createTrackingLink, nil},
		{"DELETE", "/api/v1/orders/{id}/tracking-link", customer, h.deleteTrackingLinks, nil},
		{"PUT", "/api/v1/orders/{id}/handover", customer, h.putHandover, nil},
		{"GET", "/api/v1/orders/{id}/handover/photo", customer.or(staff(0)), h.getHandoverPhoto, nil},
		{"GET", "/t/{token}", anybody, nil, h.getTrackingPage},
		{"GET", "/t/{token}/state", anybody, h.getTrackingState, nil},
		{"GET", "/api/v1/orders/{id}/events/stream", involved.orTicket(), nil, h.streamOrder},
		{"GET", "/api/v1/orders/{id}/events", involved.with(domain.OrdersRead), h.listOrderEvents, nil},
		{"POST", "/api/v1/orders/{id}/accept", members(account.RunOrders).with(domain.OrdersWrite), h.acceptOrder, nil},
		{"POST", "/api/v1/orders/{id}/reject", members(account.RunOrders).with(domain.OrdersWrite), h.rejectOrder, nil},
		{"POST", "/api/v1/orders/{id}/start", members(account.RunOrders).with(domain.OrdersWrite), h.startOrder, nil},
		{"POST", "/api/v1/orders/{id}/ready", members(account.RunOrders).with(domain.OrdersWrite), h.readyOrder, nil},
		{"POST", "/api/v1/orders/{id}/collect", members(account.RunOrders).with(domain.OrdersWrite), h.collectOrder, nil},
		{"POST", "/api/v1/orders/{id}/prep-time", members(account.RunOrders).with(domain.OrdersWrite), h.changePrepTime, nil},
		{"POST", "/api/v1/orders/{id}/revision", members(account.RunOrders).with(domain.OrdersWrite), h.proposeRevision, nil},
		{"POST", "/api/v1/orders/{id}/revision/accept", customer, h.acceptRevision, nil},
		{"POST", "/api/v1/orders/{id}/revision/refuse", customer, h.refuseRevision, nil},
		{"GET", "/api/v1/orders/{id}/cancel-quote", customer.or(members(account.RunOrders)).or(staff(domain.Refund)).with(domain.OrdersRead), h.quoteCancel, nil},
		{"POST", "/api/v1/orders/{id}/cancel", customer.or(members(account.RunOrders)).or(staff(domain.Refund)).with(domain.OrdersWrite), h.cancelOrder, nil},
		{"POST", "/api/v1/orders/{id}/restore", staff(domain.Refund), h.restoreOrder, nil},
		{"POST", "/api/v1/orders/{id}/redeliver", courier.or(staff(domain.Reassign)), h.redeliverOrder, nil},
		{"POST", "/api/v1/orders/{id}/return", staff(domain.Reassign), h.returnOrder, nil},
		{"GET", "/api/v1/orders/{id}/notes", staff(0), h.listNotes, nil},
		{"POST", "/api/v1/orders/{id}/notes", staff(0), h.createNote, nil},
		{"PUT", "/api/v1/orders/{id}/viewers", staff(0), h.viewOrder, nil},
		{"DELETE", "/api/v1/orders/{id}/viewers", staff(0), h.leaveOrder, nil},
		{"POST", "/api/v1/orders/{id}/payments", customer, h.payOrder, nil},
		{"GET", "/api/v1/orders/{id}/refunds", customer.or(members(account.SeeMoney)).or(staff(0)), h.listRefunds, nil},
		{"POST", "/api/v1/orders/{id}/refund-quote", staff(domain.Refund), h.quoteRefund, nil},
		{"POST", "/api/v1/orders/{id}/refunds", staff(domain.Refund), h.refundOrder, nil},
		{"GET", "/api/v1/orders/{id}/ledger", staff(0), h.listLedger, nil},
		{"POST", "/api/v1/orders/{id}/renew-codes", customer.or(staff(domain.Reassign)), h.renewCodes, nil},
	}
}

// reviewRoutes are what customers say of their orders, what vendors answer, and what staff judge.
func (h *handlers) reviewRoutes() []route {
	return []route{
		{"GET", "/api/v1/orders/{id}/review", customer.or(staff(domain.Moderate)), h.getReview, nil},
		{"POST", "/api/v1/orders/{id}/review", customer, h.writeReview, nil},
		{"PATCH", "/api/v1/orders/{id}/review", customer, h.patchReview, nil},
		{"DELETE", "/api/v1/orders/{id}/review", customer, h.deleteReview, nil},
		{"PUT", "/api/v1/orders/{id}/review/photos/{place}", customer, h.putReviewPhoto, nil},
		{"DELETE", "/api/v1/orders/{id}/review/photos/{place}", customer, h.deleteReviewPhoto, nil},
		{"PUT", "/api/v1/reviews/{id}/reply", members(account.EditVendor).with(domain.VendorWrite), h.putReply, nil},
		{"DELETE", "/api/v1/reviews/{id}/reply", members(account.EditVendor).with(domain.VendorWrite), h.deleteReply, nil},
		{"GET", "/api/v1/admin/reviews", staff(domain.Moderate), h.listReviews, nil},
		{"POST", "/api/v1/admin/reviews/{id}/publish", staff(domain.Moderate), h.publishReview, nil},
		{"POST", "/api/v1/admin/reviews/{id}/reject", staff(domain.Moderate), h.rejectReview, nil},
	}
}

// courierRoutes are a courier's profile, offers and deliveries, and why which courier has them.
func (h *handlers) courierRoutes() []route {
	return []route{
		{"GET", "/api/v1/courier/profile", couriers, h.getCourier, nil},
		{"PUT", "/api/v1/courier/profile", couriers, h.putCourier, nil},
		{"PUT", "/api/v1/courier/availability", couriers, h.putCourierAvailability, nil},
		{"POST", "/api/v1/courier/location", couriers, h.postLocation, nil},
		{"GET", "/api/v1/courier/shifts", couriers, h.listShifts, nil},
		{"POST", "/api/v1/courier/shifts", couriers, h.planShift, nil},
		{"DELETE", "/api/v1/courier/shifts/{id}", courier, h.dropShift, nil},
		{"GET", "/api/v1/courier/documents", couriers, h.listDocuments, nil},
		{"PUT", "/api/v1/courier/documents/{kind}", couriers, h.putDocument, nil},
		{"PUT", "/api/v1/courier/documents/{kind}/picture", couriers, h.putDocumentPicture, nil},
		{"GET", "/api/v1/courier/offers", couriers, h.listOffers, nil},
		{"GET", "/api/v1/courier/deliveries", couriers, h.listDeliveries, nil},
		{"POST", "/api/v1/offers/{id}/accept", courier, h.acceptOffer, nil},
		{"POST", "/api/v1/offers/{id}/decline", courier, h.declineOffer, nil},
		{"POST", "/api/v1/deliveries/{id}/arrive", courier, h.arriveDelivery, nil},
		{"POST", "/api/v1/deliveries/{id}/pickup", courier, h.pickupDelivery, nil},
		{"POST", "/api/v1/deliveries/{id}/deliver", courier, h.deliverDelivery, nil},
		{"PUT", "/api/v1/deliveries/{id}/photo", courier, h.putHandoverPhoto, nil},
		{"POST", "/api/v1/deliveries/{id}/contacts", courier, h.noteContact, nil},
		{"POST", "/api/v1/deliveries/{id}/fail", courier, h.failDelivery, nil},
		{"POST", "/api/v1/deliveries/{id}/return", courier, h.returnDelivery, nil},
		{"POST", "/api/v1/deliveries/{id}/give-back", courier, h.giveBackDelivery, nil},
		{"GET", "/api/v1/deliveries/{id}/decision", staff(0), h.getDecision, nil},
		{"POST", "/api/v1/deliveries/{id}/assign", staff(domain.Reassign), h.assignDelivery, nil},
		{"POST", "/api/v1/deliveries/{id}/take-away", staff(domain.Reassign), h.takeAwayDelivery, nil},
		{"POST", "/api/v1/deliveries/{id}/rescue", staff(domain.Reassign), h.rescueDelivery, nil},
		{"POST", "/api/v1/deliveries/{id}/lose", staff(domain.Reassign), h.loseDelivery, nil},
	}
}

// payoutRoutes are what vendors and couriers are paid, and the papers of what was sold.
func (h *handlers) payoutRoutes() []route {
	return []route{
		{"GET", "/api/v1/orders/{id}/invoice", customer.or(members(account.SeeMoney)).or(staff(0)), h.getInvoice, nil},
		{"GET", "/api/v1/vendors/{id}/invoices", members(account.SeeMoney).or(staff(0)), h.listInvoices, nil},
		{"GET", "/api/v1/vendors/{id}/invoices.csv", members(account.SeeMoney).or(staff(0)), h.exportInvoices, nil},
		{"GET", "/api/v1/vendors/{id}/payouts", members(account.SeeMoney).or(staff(0)), h.listVendorPayouts, nil},
		{"GET", "/api/v1/vendors/{id}/payouts/{payoutId}/statement", members(account.SeeMoney).or(staff(0)), h.getVendorStatement, nil},
		{"GET", "/api/v1/courier/earnings", couriers, h.getEarnings, nil},
		{"GET", "/api/v1/courier/earnings/lines", couriers, h.listEarningLines, nil},
		{"GET", "/api/v1/courier/payouts/{id}/statement", courier, h.getCourierStatement, nil},
		{"GET", "/api/v1/courier/cash", couriers, h.getCash, nil},
		{"GET", "/api/v1/admin/payouts", staff(domain.Payouts), h.listPayouts, nil},
		{"GET", "/api/v1/admin/payouts.csv", staff(domain.Payouts), h.exportPayouts, nil},
		{"POST", "/api/v1/admin/payouts", staff(domain.Payouts), h.draftPayouts, nil},
		{"GET", "/api/v1/admin/payouts/{id}", staff(domain.Payouts), h.getPayout, nil},
		{"GET", "/api/v1/vendors/{id}/bank-account", members(account.SeeMoney), h.getBankAccount(thisVendors), nil},
		{"PUT", "/api/v1/vendors/{id}/bank-account", members(account.ManageBank), h.putBankAccount(thisVendors), nil},
		{"DELETE", "/api/v1/vendors/{id}/bank-account", members(account.ManageBank), h.deleteBankAccount(thisVendors), nil},
		{"GET", "/api/v1/courier/bank-account", couriers, h.getBankAccount(ownCouriers), nil},
		{"PUT", "/api/v1/courier/bank-account", couriers, h.putBankAccount(ownCouriers), nil},
		{"DELETE", "/api/v1/courier/bank-account", couriers, h.deleteBankAccount(ownCouriers), nil},
		{"GET", "/api/v1/admin/payouts/{id}/bank-account", staff(domain.Payouts), h.getPayoutBank, nil},
		{"GET", "/api/v1/admin/payouts/{id}/statement", staff(domain.Payouts), h.getStatement, nil},
		{"POST", "/api/v1/admin/payouts/{id}/approve", staff(domain.Payouts), h.movePayout(payout.VerbApprove), nil},
		{"POST", "/api/v1/admin/payouts/{id}/export", staff(domain.Payouts), h.movePayout(payout.VerbExport), nil},
		{"POST", "/api/v1/admin/payouts/{id}/paid", staff(domain.Payouts), h.movePayout(payout.VerbPay), nil},
		{"POST", "/api/v1/admin/payouts/{id}/failed", staff(domain.Payouts), h.movePayout(payout.VerbFail), nil},
		{"POST", "/api/v1/admin/couriers/{id}/deposits", staff(domain.Payouts), h.createDeposit, nil},
		{"GET", "/api/v1/admin/cash-limits", staff(domain.Payouts), h.listCashLimits, nil},
		{"PUT", "/api/v1/admin/cash-limits", staff(domain.Payouts), h.putCashLimit, nil},
		{"DELETE", "/api/v1/admin/cash-limits", staff(domain.Payouts), h.deleteCashLimit, nil},
	}
}

// ruleRoutes are the rules of prices: staff's, and vendors' own promotions.
func (h *handlers) ruleRoutes() []route {
	tariffs, surges, commissions := h.tariffs(), h.surges(), h.commissions()
	return []route{
		{"GET", "/api/v1/vendors/{id}/promotions", members(account.Promote), h.listPromotions(forVendor), nil},
		{"POST", "/api/v1/vendors/{id}/promotions", members(account.Promote), h.createPromotion(forVendor), nil},
		{"GET", "/api/v1/vendors/{id}/promotions/{promotionId}", members(account.Promote), h.getPromotion(forVendor), nil},
		{"PUT", "/api/v1/vendors/{id}/promotions/{promotionId}", members(account.Promote), h.putPromotion(forVendor), nil},
		{"POST", "/api/v1/vendors/{id}/promotions/{promotionId}/pause", members(account.Promote), h.stepPromotion(forVendor, pricing.VerbPause), nil},
		{"POST", "/api/v1/vendors/{id}/promotions/{promotionId}/resume", members(account.Promote), h.stepPromotion(forVendor, pricing.VerbResume), nil},
		{"POST", "/api/v1/vendors/{id}/promotions/{promotionId}/end", members(account.Promote), h.stepPromotion(forVendor, pricing.VerbEnd), nil},
		{"GET", "/api/v1/admin/promotions", staff(domain.Pricing), h.listPromotions(forStaff), nil},
		{"POST", "/api/v1/admin/promotions", staff(domain.Pricing), h.createPromotion(forStaff), nil},
		{"GET", "/api/v1/admin/promotions/{id}", staff(domain.Pricing), h.getPromotion(forStaff), nil},
		{"PUT", "/api/v1/admin/promotions/{id}", staff(domain.Pricing), h.putPromotion(forStaff), nil},
		{"POST", "/api/v1/admin/promotions/{id}/pause", staff(domain.Pricing), h.stepPromotion(forStaff, pricing.VerbPause), nil},
		{"POST", "/api/v1/admin/promotions/{id}/resume", staff(domain.Pricing), h.stepPromotion(forStaff, pricing.VerbResume), nil},
		{"POST", "/api/v1/admin/promotions/{id}/end", staff(domain.Pricing), h.stepPromotion(forStaff, pricing.VerbEnd), nil},
		{"GET", "/api/v1/admin/tariffs", staff(domain.Pricing), tariffs.list, nil},
		{"POST", "/api/v1/admin/tariffs", staff(domain.Pricing), tariffs.create, nil},
		{"GET", "/api/v1/admin/tariffs/{id}", staff(domain.Pricing), tariffs.get, nil},
		{"PUT", "/api/v1/admin/tariffs/{id}", staff(domain.Pricing), tariffs.put, nil},
		{"DELETE", "/api/v1/admin/tariffs/{id}", staff(domain.Pricing), tariffs.drop, nil},
		{"GET", "/api/v1/admin/surges", staff(domain.Pricing), surges.list, nil},
		{"POST", "/api/v1/admin/surges", staff(domain.Pricing), surges.create, nil},
		{"GET", "/api/v1/admin/surges/{id}", staff(domain.Pricing), surges.get, nil},
		{"PUT", "/api/v1/admin/surges/{id}", staff(domain.Pricing), surges.put, nil},
		{"DELETE", "/api/v1/admin/surges/{id}", staff(domain.Pricing), surges.drop, nil},
		{"GET", "/api/v1/admin/commissions", staff(domain.Pricing), commissions.list, nil},
		{"POST", "/api/v1/admin/commissions", staff(domain.Pricing), commissions.create, nil},
		{"GET", "/api/v1/admin/commissions/{id}", staff(domain.Pricing), commissions.get, nil},
		{"PUT", "/api/v1/admin/commissions/{id}", staff(domain.Pricing), commissions.put, nil},
		{"DELETE", "/api/v1/admin/commissions/{id}", staff(domain.Pricing), commissions.drop, nil},
	}
}

// staffRoutes are for the marketplace's own people.
func (h *handlers) staffRoutes() []route {
	return []route{
		{"GET", "/api/v1/admin/invitations", staff(domain.ManageUsers), h.listInvitations, nil},
		{"POST", "/api/v1/admin/invitations", staff(domain.ManageUsers), h.createInvitation, nil},
		{"DELETE", "/api/v1/admin/invitations/{id}", staff(domain.ManageUsers), h.deleteInvitation, nil},
		{"GET", "/api/v1/admin/users", staff(domain.ManageUsers), h.listUsers, nil},
		{"GET", "/api/v1/admin/users/{id}", staff(domain.ManageUsers), h.getUser, nil},
		{"PATCH", "/api/v1/admin/users/{id}", staff(domain.ManageUsers), h.patchUser, nil},
		{"POST", "/api/v1/admin/users/{id}/suspend", staff(domain.ManageUsers), h.suspendUser, nil},
		{"POST", "/api/v1/admin/users/{id}/reinstate", staff(domain.ManageUsers), h.reinstateUser, nil},
		{"POST", "/api/v1/admin/users/{id}/credits", staff(domain.Refund), h.creditWallet, nil},
		{"GET", "/api/v1/admin/vendors", staff(domain.Onboard), h.listAllVendors, nil},
		{"POST", "/api/v1/admin/vendors/{id}/approve", staff(domain.Onboard), h.approveVendor, nil},
		{"POST", "/api/v1/admin/vendors/{id}/reject", staff(domain.Onboard), h.rejectVendor, nil},
		{"POST", "/api/v1/admin/vendors/{id}/suspend", staff(domain.Onboard), h.suspendVendor, nil},
		{"POST", "/api/v1/admin/vendors/{id}/owner", staff(domain.Onboard), h.nameOwner, nil},
		{"GET", "/api/v1/admin/couriers", staff(domain.Onboard), h.listCouriers, nil},
		{"GET", "/api/v1/admin/courier-documents", staff(domain.Onboard), h.listExpiringDocuments, nil},
		{"GET", "/api/v1/admin/couriers/{id}", staff(domain.Onboard), h.getCourierForStaff, nil},
		{"PATCH", "/api/v1/admin/couriers/{id}", staff(domain.Onboard), h.patchCourier, nil},
		{"GET", "/api/v1/admin/couriers/{id}/shifts", staff(domain.Onboard), h.listCouriersShifts, nil},
		{"POST", "/api/v1/admin/couriers/{id}/shifts", staff(domain.Onboard), h.planCouriersShift, nil},
		{"DELETE", "/api/v1/admin/couriers/{id}/shifts/{shiftId}", staff(domain.Onboard), h.dropCouriersShift, nil},
		{"GET", "/api/v1/admin/couriers/{id}/documents", staff(domain.Onboard), h.listCouriersDocuments, nil},
		{"GET", "/api/v1/admin/couriers/{id}/documents/{kind}", staff(domain.Onboard), h.getCouriersDocument, nil},
		{"GET", "/api/v1/admin/couriers/{id}/documents/{kind}/picture", staff(domain.Onboard), h.getCouriersDocumentPicture, nil},
		{"POST", "/api/v1/admin/couriers/{id}/documents/{kind}/verify", staff(domain.Onboard), h.verifyDocument, nil},
		{"POST", "/api/v1/admin/couriers/{id}/approve", staff(domain.Onboard), h.approveCourier, nil},
		{"POST", "/api/v1/admin/couriers/{id}/reject", staff(domain.Onboard), h.rejectCourier, nil},
		{"POST", "/api/v1/admin/couriers/{id}/suspend", staff(domain.Onboard), h.suspendCourier, nil},
		{"GET", "/api/v1/admin/alerts", staff(0), h.listAlerts, nil},
		{"GET", "/api/v1/admin/alerts/{id}", staff(0), h.getAlert, nil},
		{"POST", "/api/v1/admin/alerts/{id}/acknowledge", staff(0), h.changeAlert(h.Support.Acknowledge), nil},
		{"POST", "/api/v1/admin/alerts/{id}/unacknowledge", staff(0), h.changeAlert(h.Support.Unacknowledge), nil},
		{"POST", "/api/v1/admin/alerts/{id}/snooze", staff(0), h.snoozeAlert, nil},
		{"POST", "/api/v1/admin/alerts/{id}/wake", staff(0), h.changeAlert(h.Support.Wake), nil},
		{"GET", "/api/v1/admin/feed", staff(0), h.getFeed, nil},
		{"GET", "/api/v1/admin/events", staff(0), h.listEvents, nil},
		{"GET", "/api/v1/admin/desk/vendors", staff(0), h.listDeskVendors, nil},
		{"GET", "/api/v1/admin/desk/vendors/{id}", staff(0), h.getDeskVendor, nil},
		{"GET", "/api/v1/admin/desk/couriers", staff(0), h.listDeskCouriers, nil},
		{"GET", "/api/v1/admin/desk/couriers/{id}", staff(0), h.getDeskCourier, nil},
		{"GET", "/api/v1/admin/desk/dishes/{id}", staff(0), h.getDeskDish, nil},
		{"GET", "/api/v1/admin/desk/streams", staff(0), h.getDeskStreams, nil},
		{"GET", "/api/v1/admin/audit", staff(domain.ReadAudit), h.listAudit, nil},
		{"GET", "/api/v1/admin/audit.csv", staff(domain.ReadAudit), h.exportAudit, nil},
	}
}

// liveRoutes are the live feed.
func (h *handlers) liveRoutes() []route {
	return []route{
		{"GET", "/api/v1/ws", public, nil, h.sockets},
		{"POST", "/api/v1/ws/ticket", signedIn, h.createTicket, nil},
	}
}
