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
	}
}

func fromAddress(a account.Address) dto.Address {
	out := dto.Address{
		ID: a.ID, Label: a.Label, Line1: a.Line1, City: a.City, Version: a.Version,
		Location: dto.Point{Lat: a.Location.Lat, Lng: a.Location.Lng},
	}
	if a.Instructions != "" {
		out.Instructions = &a.Instructions
	}
	return out
}
