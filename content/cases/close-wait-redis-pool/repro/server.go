// A web service in front of Redis, with five ways to wait for it:
//
//	none     Get() and no timeouts
//	timeout  Get(), and 1 s for each read and write
//	handler  none, inside an http.TimeoutHandler
//	request  GetContext(r.Context()) and no timeouts
//	bounded  GetContext with 200 ms at most, and 300 ms for each read and write
package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	_ "net/http/pprof"
	"os"
	"time"

	"github.com/gomodule/redigo/redis"
)

func main() {
	mode := os.Args[1]

	var options []redis.DialOption
	limit := map[string]time.Duration{"timeout": time.Second, "bounded": 300 * time.Millisecond}[mode]
	if limit > 0 {
		options = append(options,
			redis.DialConnectTimeout(limit), redis.DialReadTimeout(limit), redis.DialWriteTimeout(limit))
	}
	pool := &redis.Pool{
		MaxIdle: 10, MaxActive: 10, Wait: true,
		Dial: func() (redis.Conn, error) { return redis.Dial("tcp", "10.0.5.9:6379", options...) },
	}

	get := func(r *http.Request) (redis.Conn, error) {
		switch mode {
		case "request": // leaves when the client leaves
			return pool.GetContext(r.Context())
		case "bounded": // and after 200 ms at the latest
			ctx, cancel := context.WithTimeout(r.Context(), 200*time.Millisecond)
			defer cancel()
			return pool.GetContext(ctx)
		}
		c := pool.Get() // waits for ever; it has no error result
		return c, c.Err()
	}

	var handler http.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := get(r)
		if err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		defer c.Close()
		v, err := redis.String(c.Do("GET", "k"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		fmt.Fprintln(w, v)
	})
	if mode == "handler" {
		handler = http.TimeoutHandler(handler, 800*time.Millisecond, "timed out")
	}

	go func() { log.Fatal(http.ListenAndServe("127.0.0.1:6060", nil)) }()
	srv := &http.Server{Addr: ":9000", Handler: handler}
	// WRITE_TIMEOUT=1s ./server none: a write deadline does not stop a handler
	srv.WriteTimeout, _ = time.ParseDuration(os.Getenv("WRITE_TIMEOUT"))
	log.Fatal(srv.ListenAndServe())
}
