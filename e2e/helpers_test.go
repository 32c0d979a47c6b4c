package e2e

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/zoop-dev/zoop/internal/dbtest"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/mail"
)

var digits = regexp.MustCompile(`\b\d{6}\b`)

// codeFromMail VAR ADDRESS waits for a sign-in code in the development mailbox, other than the one that VAR holds.
func codeFromMail(ts *testscript.TestScript, _ bool, args []string) {
	fromMail(ts, args, "code", digits.FindString)
}

var invitationToken = regexp.MustCompile(`(?m)^ +([A-Za-z0-9_-]{43})$`)

// invitationFromMail VAR ADDRESS waits for an invitation's token in the development mailbox, other than the one that VAR holds.
func invitationFromMail(ts *testscript.TestScript, _ bool, args []string) {
	fromMail(ts, args, "invitation", func(text string) string {
		if found := invitationToken.FindStringSubmatch(text); found != nil {
			return found[1]
		}
		return ""
	})
}

// fromMail waits for a letter to an address in which something is found that the variable does not hold yet.
func fromMail(ts *testscript.TestScript, args []string, what string, find func(text string) string) {
	come := dbtest.Within(patience, func() bool {
		kept, err := mail.ReadMailbox(ts.Getenv("ZOOP_MAIL_DIR"))
		if domain.KindOf(err) != domain.NotFound {
			ts.Check(err)
		}
		for _, m := range kept {
			if found := find(m.Text); found != "" && found != ts.Getenv(args[0]) && m.To == args[1] {
				ts.Setenv(args[0], found)
				return true
			}
		}
		return false
	})
	if !come {
		ts.Fatalf("no %s for %s in the mailbox", what, args[1])
	}
}

// eventually N STATUS @WHO METHOD PATH repeats a request for at most N seconds, until it is answered with the status.
func eventually(ts *testscript.TestScript, _ bool, args []string) {
	seconds, err := time.ParseDuration(args[0] + "s")
	ts.Check(err)
	var status int
	answered := dbtest.Within(seconds, func() bool {
		status, err = request(ts, args[2:])
		ts.Check(err)
		return fmt.Sprint(status) == args[1]
	})
	if !answered {
		ts.Fatalf("status %d, and not %s, after %s", status, args[1], seconds)
	}
}

// plainDish DISH CURRENCY takes from the menu that was answered last a dish that needs no choice of options.
func plainDish(ts *testscript.TestScript, _ bool, args []string) {
	var menu struct {
		Currency   string
		Categories []struct {
			Dishes []struct {
				ID           string
				Available    bool
				OptionGroups []struct{ Min int }
			}
		}
	}
	ts.Check(json.Unmarshal(storyOf(ts).answer, &menu))
	for _, c := range menu.Categories {
		for _, d := range c.Dishes {
			plain := d.Available
			for _, g := range d.OptionGroups {
				plain = plain && g.Min == 0
			}
			if plain {
				ts.Setenv(args[0], d.ID)
				ts.Setenv(args[1], menu.Currency)
				return
			}
		}
	}
	ts.Fatalf("the menu has no plain dish")
}

// ownerOf VAR VENDOR looks up a vendor's owner.
func ownerOf(ts *testscript.TestScript, _ bool, args []string) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	db, err := pgx.Connect(ctx, ts.Getenv("DATABASE"))
	ts.Check(err)
	defer db.Close(ctx)
	var email string
	ts.Check(db.QueryRow(ctx, `SELECT email FROM users u JOIN vendor_members m ON m.user_id = u.id WHERE m.vendor_id = $1::text::uuid`, args[1]).Scan(&email))
	ts.Setenv(args[0], email)
}

// wrongPIN VAR PIN makes a PIN that is not the right one.
func wrongPIN(ts *testscript.TestScript, _ bool, args []string) {
	last := args[1][3]
	ts.Setenv(args[0], args[1][:3]+string('0'+(last-'0'+1)%10))
}

// eachOnce FILE ORDER N checks the console's lines: seqs without a hole or a repetition from the first to the last, and the
// order's versions from 1 to N.
func eachOnce(ts *testscript.TestScript, _ bool, args []string) {
	var want int
	ts.Check(json.Unmarshal([]byte(args[2]), &want))
	lines := bufio.NewScanner(strings.NewReader(ts.ReadFile(args[0])))
	var last int64
	versions := 0
	for lines.Scan() {
		var line struct {
			Seq     int64
			Order   string
			Version int
			Gap     bool
		}
		ts.Check(json.Unmarshal(lines.Bytes(), &line))
		if line.Seq == 0 {
			continue // says something about the feed itself
		}
		if line.Gap || line.Seq != last+1 {
			ts.Fatalf("after seq %d comes %s", last, lines.Text())
		}
		last = line.Seq
		if line.Order != args[1] {
			continue
		}
		versions++
		if line.Version != versions {
			ts.Fatalf("version %d came as number %d of its order", line.Version, versions)
		}
	}
	ts.Check(lines.Err())
	if versions != want {
		ts.Fatalf("%d events of the order, not %d", versions, want)
	}
}

// soon VAR begins a story about time: it waits for nothing, and names a full minute that is at least 45 seconds away and at most
// 105. $VAR is the time of it, such as 12:34, $VAR_DATE its date and $VAR_ZONE a timezone in which it is about noon: no
// story has to think of midnight.
func soon(ts *testscript.TestScript, _ bool, args []string) {
	at := time.Now().UTC().Add(105 * time.Second).Truncate(time.Minute)
	east := 12 - at.Hour()
	zone := fmt.Sprintf("Etc/GMT%+d", -east) // the signs of these are the other way round
	if east == 0 {
		zone = "Etc/GMT"
	}
	place, err := time.LoadLocation(zone)
	ts.Check(err)
	ts.Setenv(args[0], at.In(place).Format("15:04"))
	ts.Setenv(args[0]+"_DATE", at.In(place).Format(time.DateOnly))
	ts.Setenv(args[0]+"_ZONE", zone)
}

// shows N PATTERN @WHO METHOD PATH repeats a request for at most N seconds, until its answer matches.
func shows(ts *testscript.TestScript, _ bool, args []string) {
	seconds, err := time.ParseDuration(args[0] + "s")
	ts.Check(err)
	pattern, err := regexp.Compile(args[1])
	ts.Check(err)
	matches := dbtest.Within(seconds, func() bool {
		_, err := request(ts, args[2:])
		ts.Check(err)
		return pattern.Match(storyOf(ts).answer)
	})
	if !matches {
		ts.Fatalf("after %s the answer is %s", seconds, storyOf(ts).answer)
	}
}

// slot VAR HOURS is a quarter of an hour that begins so many hours ahead, as scheduledFor takes it.
func slot(ts *testscript.TestScript, _ bool, args []string) {
	ahead, err := time.ParseDuration(args[1] + "h")
	ts.Check(err)
	ts.Setenv(args[0], time.Now().Add(ahead).Truncate(15*time.Minute).UTC().Format(time.RFC3339))
}

// moment VAR SECONDS is a whole second so many ahead.
func moment(ts *testscript.TestScript, _ bool, args []string) {
	ahead, err := time.ParseDuration(args[1] + "s")
	ts.Check(err)
	ts.Setenv(args[0], time.Now().Add(ahead).Truncate(time.Second).UTC().Format(time.RFC3339))
}

// pausePasses VENDOR has the time pass for which a vendor takes no orders.
func pausePasses(ts *testscript.TestScript, _ bool, args []string) {
	changesOne(ts, `UPDATE vendors SET paused_until = now(), turns_at = now() WHERE id = $1::text::uuid AND paused_until > now()`, args[0])
}

// dayPasses ORDER has the day pass in which the customer of an order that was handed over may complain.
func dayPasses(ts *testscript.TestScript, _ bool, args []string) {
	changesOne(ts, `UPDATE orders SET deadline_at = now() WHERE id = $1::text::uuid AND state IN ('delivered', 'collected')`, args[0])
}

// changesOne changes one row behind everybody's back; what it names is in a state in which that makes sense.
func changesOne(ts *testscript.TestScript, sql, id string) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	db, err := pgx.Connect(ctx, ts.Getenv("DATABASE"))
	ts.Check(err)
	defer db.Close(ctx)
	tag, err := db.Exec(ctx, sql, id)
	ts.Check(err)
	if tag.RowsAffected() != 1 {
		ts.Fatalf("%s is not in a state for this", id)
	}
}
