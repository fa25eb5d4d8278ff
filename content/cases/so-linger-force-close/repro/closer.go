// closer: writes -bytes, closes, and says how long Close took.
package main

import (
	"flag"
	"fmt"
	"log"
	"net"
	"time"
)

func main() {
	bytes := flag.Int("bytes", 200000, "bytes to write before Close")
	linger := flag.Int("linger", -1, "SetLinger(n); -1 leaves the default")
	unread := flag.Bool("unread", false, "wait until data from the peer is there, and do not read it")
	stay := flag.Duration("stay", 0, "stay alive so long after Close")
	flag.Parse()

	conn, err := net.Dial("tcp", flag.Arg(0))
	if err != nil {
		log.Fatal(err)
	}
	c := conn.(*net.TCPConn)
	c.SetWriteBuffer(400000) // room for everything, so that Write returns at once
	if *linger >= 0 {
		if err := c.SetLinger(*linger); err != nil {
			log.Fatal(err)
		}
	}
	n, err := c.Write(make([]byte, *bytes))
	if err != nil {
		log.Fatal(err)
	}
	if *unread {
		time.Sleep(300 * time.Millisecond)
	}
	t := time.Now()
	c.Close()
	fmt.Printf("closer: linger %d, wrote %d, Close took %v\n", *linger, n, time.Since(t).Round(time.Millisecond))
	time.Sleep(*stay)
}
