package api

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/media"
)

// form is a multipart body: name, content, name, content…, and its Content-Type.
func form(t tester, parts ...string) (body, kind string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for i := 0; i < len(parts); i += 2 {
		part, err := w.CreateFormFile(parts[i], "../../etc/passwd")
		require.NoError(t, err)
		_, err = part.Write([]byte(parts[i+1]))
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return b.String(), w.FormDataContentType()
}

func somePNG(t *testing.T, w, h int) string {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, image.NewGray(image.Rect(0, 0, w, h))))
	return b.String()
}

// dish puts a dish on a vendor's menu, and gives its path.
func (m *market) dish(vendor string) string {
	m.t.Helper()
	category := m.call(201, "POST", vendor+"/categories", m.owner, `{"name":"Mains"}`).json["id"]
	d := m.call(201, "POST", vendor+"/dishes", m.owner,
		fmt.Sprintf(`{"categoryId":%q,"name":"Thali","price":{"amount":24900,"currency":"INR"},"diet":"veg"}`, category))
	return "/dishes/" + d.json["id"].(string)
}

// upload sends a form with a picture.
func (m *market) upload(want int, path, token, file string, headers ...string) reply {
	m.t.Helper()
	body, kind := form(m.t, "image", file)
	return m.call(want, "PUT", path, token, body, append(headers, "Content-Type", kind)...)
}

// fetch gets a file of a picture as a browser would.
func (m *market) fetch(method, path string, headers ...string) (*http.Response, []byte) {
	m.t.Helper()
	req, err := http.NewRequestWithContext(m.t.Context(), method, m.url+path, http.NoBody)
	require.NoError(m.t, err)
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	require.NoError(m.t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	require.NoError(m.t, err)
	return res, body
}

func TestAPictureFromUploadToBrowser(t *testing.T) {
	m := newMarket(t)
	dish := m.dish(m.vendor())
	put := m.upload(200, dish+"/image", m.owner, somePNG(t, 2000, 1000))
	got := m.call(200, "GET", dish, "", "").json
	require.Equal(t, put.json["images"], got["images"])
	images := got["images"].(map[string]any)
	require.Equal(t, images["medium"], got["imageUrl"])
	for name, width := range map[string]int{"small": 160, "medium": 480, "large": 1200} {
		url := images[name].(string)
		res, body := m.fetch("GET", url)
		require.Equal(t, 200, res.StatusCode)
		img, err := jpeg.Decode(bytes.NewReader(body))
		require.NoError(t, err)
		require.Equal(t, width, img.Bounds().Dx())
		for header, want := range map[string]string{
			"Content-Type": "image/jpeg", "Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff",
			"Content-Security-Policy": "default-src 'none'; sandbox", "Content-Disposition": "inline",
			"Cross-Origin-Resource-Policy": "cross-origin", "Content-Length": fmt.Sprint(len(body)),
		} {
			require.Equal(t, want, res.Header.Get(header), header)
		}
		tag := res.Header.Get("ETag")
		res, body = m.fetch("GET", url, "If-None-Match", tag)
		require.Equal(t, 304, res.StatusCode)
		require.Empty(t, body)
		require.Equal(t, tag, res.Header.Get("ETag"))
		res, body = m.fetch("HEAD", url)
		require.Equal(t, 200, res.StatusCode)
		require.Empty(t, body)
		require.Equal(t, "image/jpeg", res.Header.Get("Content-Type"))
		res, _ = m.fetch("GET", url, "Authorization", "Bearer long gone")
		require.Equal(t, 200, res.StatusCode, "pictures are everybody's")
	}
	m.call(204, "DELETE", dish+"/image", m.owner, "")
	require.NotContains(t, m.call(200, "GET", dish, "", "").json, "imageUrl")
}

func TestNamesThatAreNoPictures(t *testing.T) {
	m := newMarket(t)
	none := "/media/" + media.Name(strings.Repeat("0", 64), media.Small)
	for _, path := range []string{
		none, "/media/x", "/media/%2e%2e", "/media/..%2f..%2fetc%2fpasswd", "/media/" + strings.Repeat("0", 64) + "-160.jpg%00",
		strings.ToUpper(none[7:]), "/media/" + strings.Repeat("x", 4000),
	} {
		if !strings.HasPrefix(path, "/media/") {
			path = "/media/" + path
		}
		res, body := m.fetch("GET", path)
		require.Equal(t, 404, res.StatusCode, path)
		require.Equal(t, "application/problem+json", res.Header.Get("Content-Type"))
		require.Equal(t, "no-store", res.Header.Get("Cache-Control"), "what is not there yet may come")
		require.NotContains(t, string(body), "etc")
	}
}

func TestFormsThatAreRefused(t *testing.T) {
	m := newMarket(t)
	path := m.dish(m.vendor()) + "/image"
	file := somePNG(t, 8, 8)
	tooMuch := strings.Repeat("x", media.MaxBytes+1)
	for name, tc := range map[string]struct {
		parts  []string
		kind   string // replaces the form's own
		status int
		says   string
	}{
		"json":           {nil, "application/json", 415, "multipart/form-data"},
		"no boundary":    {nil, "multipart/form-data", 415, "boundary"},
		"other kind":     {nil, "application/x-www-form-urlencoded", 415, "multipart/form-data"},
		"no part":        {[]string{}, "", 400, `"field":"image"`},
		"other part":     {[]string{"file", file}, "", 400, `"field":"file"`},
		"wrong case":     {[]string{"Image", file}, "", 400, `"field":"Image"`},
		"nameless":       {[]string{"", file}, "", 400, `"field":"form"`},
		"endless name":   {[]string{strings.Repeat("x", 100), file}, "", 400, `"field":"form"`},
		"two pictures":   {[]string{"image", file, "image", file}, "", 400, `"field":"image"`},
		"another field":  {[]string{"image", file, "role", "admin"}, "", 400, `"field":"role"`},
		"empty":          {[]string{"image", ""}, "", 400, `"field":"image"`},
		"svg":            {[]string{"image", "<svg onload=alert(1)>"}, "", 400, `"field":"image"`},
		"other boundary": {[]string{"image", file}, "multipart/form-data; boundary=x", 400, `"field":"image"`},
		"too large":      {[]string{"image", tooMuch}, "", 413, "too_large"},
		"large beside":   {[]string{"image", file, "image", tooMuch}, "", 400, `"field":"image"`},
	} {
		body, kind := form(t, tc.parts...)
		if tc.kind != "" {
			kind = tc.kind
		}
		r := m.call(tc.status, "PUT", path, m.owner, body, "Content-Type", kind)
		require.Contains(t, r.text, tc.says, name)
	}
	body, kind := form(t, "image", file)
	r := m.call(400, "PUT", path, m.owner, body[:len(body)-30], "Content-Type", kind)
	require.Contains(t, r.text, `"field":"image"`, "cut off")
	m.upload(412, path, m.owner, file, "If-Match", `"9"`)
	m.upload(400, path, m.owner, file, "If-Match", `"x"`)
	m.upload(401, path, "", file)
	m.upload(404, path, m.account(), file)
	m.upload(200, path, m.owner, file, "If-Match", `"1"`)
	vendorPath := strings.TrimSuffix(m.vendor(), "/") + "/image"
	require.Contains(t, m.upload(200, vendorPath, m.owner, file).json, "imageUrl")
	m.call(204, "DELETE", vendorPath, m.owner, "")
}

// A body that does not say how long it is, is read no further than it may be.
func TestAnEndlessUpload(t *testing.T) {
	m := newMarket(t)
	path := m.dish(m.vendor()) + "/image"
	head, kind := form(t, "image", "")
	head = head[:strings.LastIndex(head, "\r\n--")]
	endless := &counted{r: io.MultiReader(strings.NewReader(head), zeros{})}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, m.url+"/api/v1"+path, endless)
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+m.owner)
	req.Header.Set("Content-Type", kind)
	res, err := http.DefaultClient.Do(req)
	if err == nil { // the answer may be lost, when the server gives the connection up while we still send
		require.Equal(t, 413, res.StatusCode)
		require.NoError(t, res.Body.Close())
	}
	require.Less(t, endless.n, int64(media.MaxBytes+32<<20), "what the network holds on its way comes on top")
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}

type counted struct {
	r io.Reader
	n int64
}

func (c *counted) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.n += int64(n)
	return n, err
}

func TestWhereClientsGetPictures(t *testing.T) {
	t.Parallel()
	key := strings.Repeat("a", 64)
	require.Equal(t, "/media/"+key+"-480.jpg", *newPictureBase("").url(key))
	require.Equal(t, "https://cdn.example.com/p/"+key+"-1200.jpg", newPictureBase("https://cdn.example.com/p").urls(key).Large)
	require.Nil(t, newPictureBase("").url(""))
}
