// A shop whose one code path forgets its transaction. Modes:
//
//	leak      return without Commit or Rollback
//	rollback  defer tx.Rollback() right after BeginTx
//	context   no Rollback either, but BeginTx(r.Context())
package main

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"log"
	"net/http"
	_ "net/http/pprof"
	"time"

	_ "github.com/go-sql-driver/mysql"
)

var errCoupon = errors.New("coupon expired")

func main() {
	mode := flag.String("mode", "leak", "leak, rollback or context")
	max := flag.Int("max", 10, "SetMaxOpenConns, 0 is unlimited")
	idle := flag.Duration("idle", 0, "SetConnMaxIdleTime, 0 is unlimited")
	flag.Parse()

	db, err := sql.Open("mysql", "shop:shop@tcp(10.0.5.10:3306)/shop")
	if err != nil {
		log.Fatal(err)
	}
	db.SetMaxOpenConns(*max)
	db.SetConnMaxIdleTime(*idle)

	buy := func(r *http.Request) error {
		ctx := context.Background()
		if *mode == "context" {
			ctx = r.Context() // ends when the handler returns, and the transaction with it
		}
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		if *mode == "rollback" {
			defer tx.Rollback() // after Commit it does nothing
		}
		if _, err := tx.Exec("UPDATE stock SET n = n - 1 WHERE id = ?", r.FormValue("id")); err != nil {
			return err
		}
		if r.FormValue("coupon") == "old" {
			return errCoupon // the forgotten path
		}
		return tx.Commit()
	}
	http.HandleFunc("/buy", func(w http.ResponseWriter, r *http.Request) {
		if err := buy(r); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		fmt.Fprintln(w, "ok")
	})
	http.HandleFunc("/stats", func(w http.ResponseWriter, r *http.Request) {
		s := db.Stats()
		fmt.Fprintf(w, "MaxOpen %d  Open %d  InUse %d  Idle %d  WaitCount %d  WaitDuration %s\n",
			s.MaxOpenConnections, s.OpenConnections, s.InUse, s.Idle, s.WaitCount, s.WaitDuration.Round(time.Millisecond))
	})
	go func() { log.Fatal(http.ListenAndServe("127.0.0.1:6060", nil)) }() // pprof and /stats
	log.Fatal(http.ListenAndServe(":9005", nil))
}
