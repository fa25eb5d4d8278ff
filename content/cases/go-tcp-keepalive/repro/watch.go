// watch: dials, blocks in Read, and says when and how it learned that the peer is gone.
package main

import (
	"flag"
	"fmt"
	"log"
	"net"
	"runtime"
	"syscall"
	"time"
)

const tcpUserTimeout = 18 // TCP_USER_TIMEOUT

func main() {
	name := flag.String("name", "", "printed with the result")
	off := flag.Bool("off", false, "Dialer.KeepAlive: -1")
	period := flag.Duration("period", 0, "SetKeepAlivePeriod")
	idle := flag.Int("idle", 0, "TCP_KEEPIDLE, seconds")
	interval := flag.Int("interval", 0, "TCP_KEEPINTVL, seconds")
	count := flag.Int("count", 0, "TCP_KEEPCNT")
	user := flag.Int("user-timeout", 0, "TCP_USER_TIMEOUT, milliseconds")
	after := flag.Duration("write", 0, "write 100 bytes after so long; 0: never")
	flag.Parse()

	var d net.Dialer
	if *off {
		d.KeepAlive = -1
	}
	conn, err := d.Dial("tcp", flag.Arg(0))
	if err != nil {
		log.Fatal(err)
	}
	c := conn.(*net.TCPConn)
	if *period > 0 {
		c.SetKeepAlivePeriod(*period)
	}
	raw, err := c.SyscallConn()
	if err != nil {
		log.Fatal(err)
	}
	raw.Control(func(fd uintptr) {
		for _, o := range [][2]int{
			{syscall.TCP_KEEPIDLE, *idle}, {syscall.TCP_KEEPINTVL, *interval},
			{syscall.TCP_KEEPCNT, *count}, {tcpUserTimeout, *user},
		} {
			if o[1] > 0 {
				if err := syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, o[0], o[1]); err != nil {
					log.Fatal(err)
				}
			}
		}
	})

	start := time.Now()
	if *after > 0 {
		go func() {
			time.Sleep(*after)
			c.Write(make([]byte, 100))
		}()
	}
	_, err = c.Read(make([]byte, 1))
	if op, ok := err.(*net.OpError); ok {
		err = op.Err // without the addresses
	}
	fmt.Printf("%-14s %s  %v after %.1f s\n", *name, runtime.Version(), err, time.Since(start).Seconds())
}
