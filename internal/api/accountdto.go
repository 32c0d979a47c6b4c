package api

import (
	"time"

	"github.com/zoop-dev/zoop/internal/api/dto"
	app "github.com/zoop-dev/zoop/internal/app/account"
	"github.com/zoop-dev/zoop/internal/domain/account"
)

func (b pictureBase) fromTokens(t app.Tokens) dto.Tokens {
	return dto.Tokens{
		AccessToken: t.Access, RefreshToken: t.Refresh, ExpiresIn: int(t.ExpiresIn / time.Second), User: b.fromUser(t.User),
	}
}

func (b pictureBase) fromUser(u account.User) dto.User {
	return dto.User{
		ID: u.ID, Email: u.Email, FirstName: u.FirstName, LastName: u.LastName, Phone: u.Phone,
		Role: dto.Role(u.Role), PictureURL: b.url(u.Picture), Pictures: b.urls(u.Picture), Version: u.Version,
		Permissions: permissionsOf(u), RefundLimit: fromLimit(u.RefundLimit),
	}
}

func fromAddress(a account.Address) dto.Address {
	return dto.Address{
		ID: a.ID, Label: a.Label, Line1: a.Line1, Line2: some(a.Line2), City: a.City, Postcode: some(a.Postcode),
		ContactName: some(a.ContactName), ContactPhone: some(a.ContactPhone), Instructions: some(a.Instructions),
		Location: dto.Point{Lat: a.Location.Lat, Lng: a.Location.Lng}, Default: a.Default, Version: a.Version,
	}
}
