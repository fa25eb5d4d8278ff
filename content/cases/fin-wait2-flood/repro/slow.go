// slow: an HTTP server whose handler needs -work before it answers.
package main

import (
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"time"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "listen here")
	work := flag.Duration("work", 12*time.Second, "time the handler needs")
	cancel := flag.Bool("cancel", false, "stop working when the client is gone")
	body := flag.Bool("body", false, "read the request body first")
	h2 := flag.Bool("h2", false, "HTTP/2 over TLS, self-signed")
	flag.Parse()

	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if *body {
			io.Copy(io.Discard, r.Body)
		}
		var gone <-chan struct{}
		if *cancel {
			gone = r.Context().Done()
		}
		select {
		case <-time.After(*work):
			fmt.Fprint(w, "late")
		case <-gone:
			panic(http.ErrAbortHandler) // close, write nothing
		}
	})
	l, err := net.Listen("tcp", *addr)
	if err != nil {
		log.Fatal(err)
	}
	if *h2 {
		s := httptest.NewUnstartedServer(h)
		s.Listener.Close()
		s.Listener = l
		s.EnableHTTP2 = true
		s.StartTLS()
		select {}
	}
	log.Fatal(http.Serve(l, h))
}
