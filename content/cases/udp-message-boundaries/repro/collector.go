// collector receives one JSON event per UDP datagram.
//
//	collector -buf 1024         the fault: a longer datagram is cut without an error
//	collector -buf 1024 -flags  the same read, but it looks at MSG_TRUNC
//	collector -buf 65535        no IPv4 datagram is longer than this
package main

import (
	"encoding/json"
	"flag"
	"log"
	"net"
	"os"
	"syscall"
)

func main() {
	addr := flag.String("addr", "10.64.1.2:9999", "where to listen")
	size := flag.Int("buf", 1024, "size of the read buffer")
	flags := flag.Bool("flags", false, "read with ReadMsgUDP and report MSG_TRUNC")
	flag.Parse()
	log.SetFlags(log.Ltime | log.Lmicroseconds)
	log.SetOutput(os.Stdout)

	laddr, err := net.ResolveUDPAddr("udp4", *addr)
	if err != nil {
		log.Fatal(err)
	}
	conn, err := net.ListenUDP("udp4", laddr)
	if err != nil {
		log.Fatal(err)
	}
	buf := make([]byte, *size)
	for {
		n, got := 0, 0
		if *flags {
			n, _, got, _, err = conn.ReadMsgUDP(buf, nil)
		} else {
			n, _, err = conn.ReadFromUDP(buf)
		}
		if got&syscall.MSG_TRUNC != 0 {
			log.Printf("n=%d err=%v DROPPED: longer than the buffer (MSG_TRUNC)", n, err)
			continue
		}
		var event struct{ ID int }
		if jsonErr := json.Unmarshal(buf[:n], &event); jsonErr != nil {
			log.Printf("n=%d err=%v json: %v", n, err, jsonErr)
			continue
		}
		log.Printf("n=%d err=%v event id=%d", n, err, event.ID)
	}
}
