// hold: accepts connections and holds them, silently and without keepalive.
package main

import (
	"context"
	"log"
	"net"
	"os"
)

func main() {
	lc := net.ListenConfig{KeepAlive: -1}
	l, err := lc.Listen(context.Background(), "tcp", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	var held []net.Conn
	for {
		c, err := l.Accept()
		if err != nil {
			log.Fatal(err)
		}
		held = append(held, c)
	}
}
