// service asks a backend for every request to /, and answers /ok by itself.
//
//	service               reads from the backend without a deadline
//	service -deadline 2s  with one
//	service -deadline 2s -fd
//	                      also calls File().Fd() on the connection, as code does that wants to set an option
package main

import (
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	_ "net/http/pprof"
	"time"
)

var (
	backend  = flag.String("backend", "10.64.4.2:9000", "whom to ask")
	deadline = flag.Duration("deadline", 0, "how long to wait for the backend; 0 is for ever")
	fd       = flag.Bool("fd", false, "call File().Fd()")
)

func ask() (string, error) {
	c, err := net.Dial("tcp", *backend)
	if err != nil {
		return "", err
	}
	defer c.Close()
	if *fd {
		file, err := c.(*net.TCPConn).File()
		if err != nil {
			return "", err
		}
		defer file.Close()
		_ = file.Fd() // switches the socket, not only this copy, to blocking
	}
	if *deadline > 0 {
		c.SetDeadline(time.Now().Add(*deadline))
	}
	io.WriteString(c, "ping\n")
	buf := make([]byte, 64)
	n, err := c.Read(buf)
	return string(buf[:n]), err
}

func main() {
	flag.Parse()
	http.HandleFunc("/ok", func(w http.ResponseWriter, r *http.Request) { fmt.Fprintln(w, "ok") })
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		answer, err := ask()
		if err != nil {
			log.Print(err)
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		fmt.Fprint(w, answer)
	})
	log.Fatal(http.ListenAndServe("10.64.4.1:8080", nil))
}
