// server answers every request with its name. Several of them share one port through SO_REUSEPORT.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"syscall"
)

const soReusePort = 15 // golang.org/x/sys/unix.SO_REUSEPORT on Linux

func main() {
	name := flag.String("name", "v1", "what to answer")
	addr := flag.String("addr", "10.64.3.2:8080", "where to listen")
	flag.Parse()

	lc := net.ListenConfig{Control: func(network, address string, c syscall.RawConn) error {
		var opt error
		err := c.Control(func(fd uintptr) {
			opt = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, soReusePort, 1)
		})
		if err != nil {
			return err
		}
		return opt
	}}
	l, err := lc.Listen(context.Background(), "tcp", *addr)
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, *name)
	})))
}
