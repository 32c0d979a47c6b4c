package ordering

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/menu"
	"github.com/zoop-dev/zoop/internal/domain/order"
	"github.com/zoop-dev/zoop/internal/domain/pricing"
)

func (b *bench) codes(q Quoted) (codes []string) {
	for _, p := range q.Problems {
		codes = append(codes, p.Code)
	}
	return codes
}

// groups gives a dish option groups; IDs are made of the digit given.
func (b *bench) groups(dish domain.ID, groups string) {
	b.exec(`UPDATE dishes SET option_groups = $2 WHERE id = $1`, dish.String(), groups)
}

func TestADishIsOrderedWhenItsCategoryIsServed(t *testing.T) {
	b := setup(t)
	served := func(schedule string) { b.exec(`UPDATE categories SET schedule = $1`, schedule) }
	served(`{"startsOn":"2025-01-01"}`)
	q := b.fill(menu.Choice{DishID: b.thali, Quantity: 1})
	require.Empty(t, q.Problems)

	served(`{"windows":[{"days":[0,1,2,3,4,5,6],"from":0,"to":1440}],"startsOn":"2999-12-24"}`)
	_, err := b.order("k1", Confirmation{QuoteID: q.QuoteID})
	require.ErrorIs(t, err, ErrNotOrderable)
	q, err = b.Cart(b.ctx, b.customer)
	require.NoError(t, err)
	require.Equal(t, []string{"out_of_schedule"}, b.codes(q))
	require.Equal(t, b.thali, q.Problems[0].DishID)
	require.Equal(t, "2999-12-23T18:30:00Z", q.Problems[0].Until.UTC().Format(time.RFC3339), "midnight in Delhi")
	require.Len(t, q.Items, 1, "the cart still shows what it would cost")

	served(`{"endsOn":"2020-12-26"}`)
	q, err = b.Cart(b.ctx, b.customer)
	require.NoError(t, err)
	require.True(t, q.Problems[0].Until.IsZero(), "it never comes back")
	served(`{}`)
	q, err = b.Cart(b.ctx, b.customer)
	require.NoError(t, err)
	_, err = b.order("k2", Confirmation{QuoteID: q.QuoteID})
	require.NoError(t, err)
}

const (
	half  = "01900000-0000-7000-8000-000000000001"
	full  = "01900000-0000-7000-8000-000000000002"
	raita = "01900000-0000-7000-8000-000000000003"
)

// portioned are two variants, and an extra that is chosen unless somebody says otherwise.
const portioned = `[
	{"id":"01900000-0000-7000-8000-0000000000a1","name":"Portion","min":1,"max":1,"variants":true,"options":[
		{"id":"` + half + `","name":"Half","price":18000,"available":true},
		{"id":"` + full + `","name":"Full","price":32000,"default":true,"available":true}]},
	{"id":"01900000-0000-7000-8000-0000000000a2","name":"Extras","min":0,"max":1,"options":[
		{"id":"` + raita + `","name":"Raita","price":4000,"default":true,"available":true}]}]`

func TestAChoiceOfVariantsAndDefaults(t *testing.T) {
	b := setup(t)
	b.groups(b.thali, portioned)
	ids := func(texts ...string) []domain.ID {
		out := []domain.ID{}
		for _, text := range texts {
			out = append(out, domain.MustParseID(text))
		}
		return out
	}
	for name, tc := range map[string]struct {
		options []domain.ID
		unit    int64
		codes   []string
	}{
		"nothing said": {nil, 36000, nil}, "none wanted": {ids(), 24900, []string{"options_invalid"}},
		"the small one": {ids(half), 18000, nil}, "with something": {ids(half, raita), 22000, nil},
	} {
		q := b.fill(menu.Choice{DishID: b.thali, Quantity: 1, Options: tc.options})
		require.Equal(t, tc.codes, b.codes(q), name)
		require.Equal(t, tc.unit, q.Items[0].Unit.Amount, name)
		again, err := b.Cart(b.ctx, b.customer)
		require.NoError(t, err)
		require.Equal(t, q.Quote, again.Quote, "%s: what was chosen is kept with the cart", name)
	}
	b.exec(`UPDATE dishes SET option_groups = jsonb_set(option_groups, '{0,options,0}', (option_groups #> '{0,options,0}') ||
		jsonb_build_object('available', false, 'until', to_jsonb(now() + interval '1 hour'))) WHERE id = $1`, b.thali.String())
	require.Equal(t, []string{"option_unavailable"}, b.codes(b.fill(menu.Choice{DishID: b.thali, Quantity: 1, Options: ids(half)})))
	b.exec(`UPDATE dishes SET option_groups = jsonb_set(option_groups, '{0,options,0,until}', to_jsonb(now() - interval '1 second')) WHERE id = $1`, b.thali.String())
	require.Empty(t, b.fill(menu.Choice{DishID: b.thali, Quantity: 1, Options: ids(half)}).Problems)
}

func TestTaxAndPackagingOfEachDish(t *testing.T) {
	b := setup(t)
	b.exec(`UPDATE vendors SET packaging_fee = 1000, tax_rates = '{"alcohol": 1800}'`)
	b.exec(`UPDATE dishes SET packaging = 250, tax_category = 'alcohol', translations = '{"de":{"name":"Lassi auf Deutsch"}}' WHERE id = $1`, b.lassi.String())
	q := b.fill(menu.Choice{DishID: b.thali, Quantity: 1}, menu.Choice{DishID: b.lassi, Quantity: 2})
	money := func(n int64) domain.Money { return domain.Money{Amount: n, Currency: "INR"} }
	// 5 % of 249 + 10; 18 % of 2 × (90 + 2.50); 1.5 km.
	require.Equal(t, []pricing.Line{
		{Kind: pricing.Item, Label: "Thali", Amount: money(24900), Bearer: pricing.Customer},
		{Kind: pricing.Item, Label: "2 × Lassi", Amount: money(18000), Bearer: pricing.Customer},
		{Kind: pricing.Packaging, Label: "Packaging", Amount: money(1500), Bearer: pricing.Customer},
		{
			Kind: pricing.Tax, Label: "GST 5.00%", Amount: money(1295), Bearer: pricing.Customer,
			Tax: &pricing.TaxDetail{Category: domain.TaxStandard, Rate: 500, Value: money(25900), Parts: []pricing.Component{
				{Label: "CGST 2.50%", Amount: money(648)}, {Label: "SGST 2.50%", Amount: money(647)},
			}},
		},
		{
			Kind: pricing.Tax, Label: "GST 18.00%, alcohol", Amount: money(3330), Bearer: pricing.Customer,
			Tax: &pricing.TaxDetail{Category: "alcohol", Rate: 1800, Value: money(18500), Parts: []pricing.Component{
				{Label: "CGST 9.00%", Amount: money(1665)}, {Label: "SGST 9.00%", Amount: money(1665)},
			}},
		},
		{Kind: pricing.DeliveryFee, Label: "Delivery", Amount: money(2500), Bearer: pricing.Customer},
	}, q.Quote.Lines)
	a, err := b.order("k1", Confirmation{QuoteID: q.QuoteID})
	require.NoError(t, err)
	o, err := b.Order(b.ctx, b.customer, orderID(t, a))
	require.NoError(t, err)
	require.Equal(t, q.Quote, o.Quote)
	require.Equal(t, "Lassi", o.Items[1].Name, "orders are in the vendor's language")

	b.exec(`UPDATE vendors SET packaging_fee = 0`)
	b.exec(`UPDATE dishes SET tax_category = 'exempt', packaging = 0`)
	for _, l := range b.fill(menu.Choice{DishID: b.thali, Quantity: 3}).Quote.Lines {
		require.NotEqual(t, pricing.Tax, l.Kind)
	}
}

func TestAnAgeIsConfirmed(t *testing.T) {
	b := setup(t)
	b.exec(`UPDATE dishes SET min_age = 18 WHERE id = $1`, b.lassi.String())
	q := b.fill(menu.Choice{DishID: b.thali, Quantity: 1})
	require.Zero(t, q.MinAge)
	q = b.fill(menu.Choice{DishID: b.thali, Quantity: 1}, menu.Choice{DishID: b.lassi, Quantity: 1})
	require.Equal(t, 18, q.MinAge)
	require.Empty(t, q.Problems)
	for _, age := range []int{0, 17} {
		_, err := b.order(newID().String(), Confirmation{QuoteID: q.QuoteID, Age: age})
		require.ErrorIs(t, err, ErrAge)
		var requote *RequoteError
		require.ErrorAs(t, err, &requote)
		require.Equal(t, 18, requote.Cart.MinAge)
		require.Contains(t, requote.Reason.Message, "age of 18")
		require.Equal(t, []domain.FieldError{{Field: "confirmedAge", Code: "min", Message: "must be at least 18"}}, requote.Reason.Fields)
		require.Equal(t, q.QuoteID, requote.Cart.QuoteID, "the price is the same: what was confirmed is good for another try")
	}
	b.exec(`UPDATE dishes SET min_age = 21 WHERE id = $1`, b.lassi.String())
	_, err := b.order("k1", Confirmation{QuoteID: q.QuoteID, Age: 18})
	require.ErrorIs(t, err, ErrAge, "what was confirmed is no longer enough")
	q, err = b.Cart(b.ctx, b.customer)
	require.NoError(t, err)
	a, err := b.order("k2", Confirmation{QuoteID: q.QuoteID, Age: 25})
	require.NoError(t, err)
	o, err := b.Order(b.ctx, b.customer, orderID(t, a))
	require.NoError(t, err)
	require.Equal(t, 21, o.MinAge, "whoever hands it over knows whom it may be handed to")
}

func TestARefusedOrderMayBeTriedAgainWithItsQuote(t *testing.T) {
	b := setup(t)
	b.exec(`UPDATE dishes SET min_age = 18 WHERE id = $1`, b.lassi.String())
	q := b.fill(menu.Choice{DishID: b.lassi, Quantity: 1})
	_, err := b.order("k1", Confirmation{QuoteID: q.QuoteID})
	require.ErrorIs(t, err, ErrAge)
	_, err = b.order("k2", Confirmation{QuoteID: q.QuoteID, Age: 18})
	require.NoError(t, err)
}

func TestADishThatLeftTheMenuIsStillInTheCart(t *testing.T) {
	b := setup(t)
	b.exec(`UPDATE vendors SET packaging_fee = 1000`)
	before := b.fill(menu.Choice{DishID: b.thali, Quantity: 2})
	b.exec(`UPDATE dishes SET deleted_at = now() WHERE id = $1`, b.thali.String())
	q, err := b.Cart(b.ctx, b.customer)
	require.NoError(t, err)
	require.Equal(t, before.Items, q.Items)
	require.Equal(t, before.Quote, q.Quote, "as with a dish that is sold out: what it was, and nothing on nothing")
	require.Equal(t, []string{"dish_unavailable"}, b.codes(q))
	require.Equal(t, "Thali is no longer on the menu", q.Problems[0].Message)
	require.Equal(t, b.lassi, q.Problems[0].Substitutes[0].ID)

	b.exec(`UPDATE dishes SET deleted_at = now()`)
	b.exec(`DELETE FROM categories`)
	q, err = b.Cart(b.ctx, b.customer)
	require.NoError(t, err)
	require.Equal(t, before.Items, q.Items, "its category is gone, too")
	require.Equal(t, []string{"dish_unavailable"}, b.codes(q))
	require.Empty(t, q.Problems[0].Substitutes)

	_, err = b.PutCart(b.ctx, b.customer, Wish{VendorID: b.vendor, Fulfilment: order.Pickup, Choices: []menu.Choice{{DishID: b.thali, Quantity: 1}, {DishID: newID(), Quantity: 1}}})
	var e *domain.Error
	require.ErrorAs(t, err, &e, "what never was the vendor's is a mistake")
	require.Equal(t, []domain.FieldError{{Field: "items[1].dishId", Code: "exists", Message: "is no dish of this vendor"}}, e.Fields)
}

func TestADishWithoutAnyPortionsHasOneProblem(t *testing.T) {
	b := setup(t)
	b.exec(`UPDATE dishes SET stock = 0 WHERE id = $1`, b.lassi.String())
	q := b.fill(menu.Choice{DishID: b.thali, Quantity: 1}, menu.Choice{DishID: b.lassi, Quantity: 1})
	require.Equal(t, []string{"dish_unavailable"}, b.codes(q))
	require.Empty(t, q.Problems[0].Substitutes, "the only other dish is in the cart already")
}
