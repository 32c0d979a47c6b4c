package api_test

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"maps"
	"mime/multipart"
	"strings"

	"github.com/zoop-dev/zoop/internal/domain"
)

func init() {
	maps.Copy(fixtures, map[string]fixture{
		"GET /media/{name}":                 {make: func(*world) target { return target{path: "/media/" + noPicture} }, wants: []int{404}},
		"PUT /api/v1/me/picture":            {make: func(*world) target { return upload("/api/v1/me/picture") }},
		"PUT /api/v1/vendors/{id}/image":    {make: func(w *world) target { return uploadFor("/api/v1/vendors/%s/image", w.vendor) }},
		"DELETE /api/v1/vendors/{id}/image": ofVendor("/api/v1/vendors/%s/image", ""),
		"PUT /api/v1/dishes/{id}/image":     {make: func(w *world) target { return uploadFor("/api/v1/dishes/%s/image", w.newDish()) }},
		"DELETE /api/v1/dishes/{id}/image":  {make: func(w *world) target { return about("/api/v1/dishes/%s/image", w.newDish(), "") }},
	})
}

// noPicture is the name that a file of a picture could have.
var noPicture = strings.Repeat("0", 64) + "-480.jpg"

// upload is a request with a small picture in its form.
func upload(path string) target {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("image", "dish.png")
	if err == nil {
		err = png.Encode(part, image.NewGray(image.Rect(0, 0, 8, 8)))
	}
	if err == nil {
		err = form.Close()
	}
	if err != nil {
		panic(err)
	}
	return target{path: path, body: body.String(), headers: []string{"Content-Type", form.FormDataContentType()}}
}

func uploadFor(path string, thing domain.ID) target {
	x := upload(fmt.Sprintf(path, thing))
	x.id = thing.String()
	return x
}
