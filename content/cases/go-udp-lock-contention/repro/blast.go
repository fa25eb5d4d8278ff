// blast sends 64-byte datagrams as fast as it can and says how many left per second.
//
//	blast -conns 1 -goroutines 500         the fault: 500 goroutines, one net.Conn
//	blast -conns 8 -goroutines 500         a pool of 8 sockets
//	blast -conns 2 -goroutines 500 -share  2 net.Conns, each with its own Go lock, on ONE socket
//	blast -gso 16                          16 datagrams per write (UDP_SEGMENT, Linux 4.18)
package main

import (
	"flag"
	"fmt"
	"log"
	"net"
	"os"
	"runtime"
	"runtime/pprof"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

const size = 64

func main() {
	conns := flag.Int("conns", 1, "how many net.Conns")
	goroutines := flag.Int("goroutines", 1, "how many writers")
	share := flag.Bool("share", false, "all net.Conns are duplicates of one socket")
	gso := flag.Int("gso", 1, "datagrams per write")
	d := flag.Duration("d", time.Second, "how long")
	profile := flag.String("profile", "", "print this pprof profile (goroutine, block, mutex) half way")
	flag.Parse()
	switch *profile {
	case "block":
		runtime.SetBlockProfileRate(1)
	case "mutex":
		runtime.SetMutexProfileFraction(1)
	}

	pool := make([]net.Conn, *conns)
	for i := range pool {
		if i > 0 && *share {
			pool[i] = duplicate(pool[0])
		} else {
			pool[i] = dial(*gso)
		}
	}

	var sent, stop int64
	var wg sync.WaitGroup
	before, start := usage(), time.Now()
	for i := 0; i < *goroutines; i++ {
		wg.Add(1)
		go func(c net.Conn) {
			defer wg.Done()
			buf := make([]byte, size**gso)
			n := int64(0)
			for atomic.LoadInt64(&stop) == 0 {
				_, err := c.Write(buf)
				check(err)
				n += int64(*gso)
			}
			atomic.AddInt64(&sent, n)
		}(pool[i%len(pool)])
	}
	time.Sleep(*d / 2)
	if *profile != "" {
		check(pprof.Lookup(*profile).WriteTo(os.Stdout, 1))
	}
	time.Sleep(*d / 2)
	atomic.StoreInt64(&stop, 1)
	wg.Wait()

	took, after := time.Since(start).Seconds(), usage()
	cores := func(a, b syscall.Timeval) float64 { return float64(b.Nano()-a.Nano()) / 1e9 / took }
	fmt.Printf("conns=%-3d goroutines=%-4d %5.0f kpps  user %.2f  system %.2f  of %d cores\n",
		*conns, *goroutines, float64(sent)/took/1000,
		cores(before.Utime, after.Utime), cores(before.Stime, after.Stime), runtime.NumCPU())
}

func dial(gso int) net.Conn {
	c, err := net.Dial("udp4", "127.0.0.1:9999")
	check(err)
	if gso > 1 {
		raw, err := c.(*net.UDPConn).SyscallConn()
		check(err)
		var opt error
		check(raw.Control(func(fd uintptr) {
			opt = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_UDP, 103 /* UDP_SEGMENT */, size)
		}))
		check(opt)
	}
	return c
}

// duplicate is dup(2): a second descriptor, and in Go a second lock, for the same kernel socket.
func duplicate(c net.Conn) net.Conn {
	file, err := c.(*net.UDPConn).File()
	check(err)
	defer file.Close()
	dup, err := net.FileConn(file)
	check(err)
	return dup
}

func usage() (r syscall.Rusage) {
	check(syscall.Getrusage(syscall.RUSAGE_SELF, &r))
	return r
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
