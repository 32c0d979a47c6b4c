package ledger

import "github.com/zoop-dev/zoop/internal/domain"

// Deposited is posted when a courier has brought their cash to the bank. The source is the deposit.
func Deposited(depositID, courierID domain.ID, amount domain.Money) Transfer {
	return move(CashDeposited, depositID, Bank, Cash(courierID), amount)
}

// Paid is posted when a gateway has sent what it took to the bank. The source is its payment.
func Paid(paymentID domain.ID, provider string, amount domain.Money) Transfer {
	return move(GatewayPaid, paymentID, Bank, Gateway(provider), amount)
}

// Payout is posted when a vendor, a courier or the state has got what we owe. The source is the payout.
func Payout(payoutID domain.ID, to Account, amount domain.Money) Transfer {
	return move(PaidOut, payoutID, to, Bank, amount)
}

// Credited is posted when the marketplace gives something into a customer's wallet, at its own expense. The source is the
// credit.
func Credited(creditID, customerID domain.ID, amount domain.Money) Transfer {
	return move(WalletCredited, creditID, Refunds, Wallet(customerID), amount)
}

// ToppedUp is posted when a customer has paid something into their wallet. The source is the payment.
func ToppedUp(paymentID, customerID domain.ID, provider string, amount domain.Money) Transfer {
	return move(WalletToppedUp, paymentID, Gateway(provider), Wallet(customerID), amount)
}

func move(f Kind, source domain.ID, from, to Account, amount domain.Money) Transfer {
	t := Transfer{Kind: f, Source: source, Currency: amount.Currency}
	t.post(from, -amount.Amount)
	t.post(to, amount.Amount)
	return t.done()
}
