// A web service that takes at most -limit connections at once.
package main

import (
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	_ "net/http/pprof" // on its own listener: the limited one may be out of reach
	"time"

	"golang.org/x/net/netutil"
)

func main() {
	limit := flag.Int("limit", 4, "LimitListener slots, that is: connections")
	requests := flag.Int("requests", 1000, "requests in progress at once; more get 503")
	idle := flag.Duration("idle", 0, "http.Server.IdleTimeout, 0 is none")
	header := flag.Duration("header", 0, "http.Server.ReadHeaderTimeout, 0 is none")
	flag.Parse()

	go func() { log.Fatal(http.ListenAndServe("127.0.0.1:6060", nil)) }()

	mux := http.NewServeMux()
	mux.HandleFunc("/api", func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(50 * time.Millisecond) // long enough for requests to overlap
		log.Printf("served %s from %s", r.RequestURI, r.RemoteAddr)
		fmt.Fprintln(w, "ok")
	})

	l, err := net.Listen("tcp", ":8080")
	if err != nil {
		log.Fatal(err)
	}
	l = netutil.LimitListener(l, *limit)
	srv := &http.Server{
		Handler:           atMost(*requests, mux),
		IdleTimeout:       *idle,
		ReadHeaderTimeout: *header,
	}
	log.Fatal(srv.Serve(l))
}

// atMost answers 503 at once when n requests are in progress. Unlike LimitListener
// it leaves accept alone, so the caller learns that the service is full.
func atMost(n int, next http.Handler) http.Handler {
	slots := make(chan struct{}, n)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case slots <- struct{}{}:
			defer func() { <-slots }()
			next.ServeHTTP(w, r)
		default:
			http.Error(w, "busy", http.StatusServiceUnavailable)
		}
	})
}
