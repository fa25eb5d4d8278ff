// idle shows what waiting costs: threads and memory.
//
//	idle net 5000    5000 idle TCP connections, one goroutine each
//	idle http 5000   5000 idle keep-alive connections of net/http
//	idle flock 200   200 goroutines in flock(2), which the netpoller cannot wait for
package main

import (
	"bufio"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

func main() {
	mode := os.Args[1]
	n, err := strconv.Atoi(os.Args[2])
	check(err)
	if len(os.Args) > 3 {
		hold(mode, n, os.Args[3])
		return
	}
	switch mode {
	case "net", "http":
		l, err := net.Listen("tcp", "127.0.0.1:18998")
		check(err)
		before := rss()
		if mode == "net" {
			go accept(l)
		} else {
			go http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "ok") }))
		}
		client, err := os.StartProcess("/proc/self/exe", append(os.Args, l.Addr().String()),
			&os.ProcAttr{Files: []*os.File{nil, os.Stdout, os.Stderr}})
		check(err)
		time.Sleep(2500 * time.Millisecond)
		report(mode, n)
		fmt.Printf("      %.1f KiB of memory per connection\n", float64(rss()-before)/float64(n))
		client.Kill()
	case "flock":
		held, err := os.CreateTemp("", "flock")
		check(err)
		defer os.Remove(held.Name())
		check(syscall.Flock(int(held.Fd()), syscall.LOCK_EX))
		for i := 0; i < n; i++ {
			go func() {
				f, err := os.Open(held.Name())
				check(err)
				syscall.Flock(int(f.Fd()), syscall.LOCK_EX)
			}()
		}
		time.Sleep(time.Second)
		report(mode, n)
	}
}

func accept(l net.Listener) {
	for {
		c, err := l.Accept()
		check(err)
		go c.Read(make([]byte, 1))
	}
}

// hold is the client: it opens n connections, makes one request on each for http, and keeps them.
func hold(mode string, n int, addr string) {
	conns := make([]net.Conn, n)
	var wg sync.WaitGroup
	for w := 0; w < 4; w++ {
		wg.Add(1)
		go func(w int) {
			defer wg.Done()
			for i := w; i < n; i += 4 {
				c, err := net.Dial("tcp", addr)
				check(err)
				conns[i] = c
				if mode == "http" {
					io.WriteString(c, "GET / HTTP/1.1\r\nHost: idle\r\n\r\n")
					_, err = http.ReadResponse(bufio.NewReader(c), nil)
					check(err)
				}
			}
		}(w)
	}
	wg.Wait()
	time.Sleep(time.Minute)
	runtime.KeepAlive(conns)
}

func report(mode string, n int) {
	fmt.Printf("%-5s %d waiting, %d goroutines, %s threads\n", mode, n, runtime.NumGoroutine(), status("Threads"))
}

func rss() int {
	runtime.GC()
	kib, err := strconv.Atoi(strings.Fields(status("VmRSS"))[0])
	check(err)
	return kib
}

func status(key string) string {
	all, err := os.ReadFile("/proc/self/status")
	check(err)
	for _, line := range strings.Split(string(all), "\n") {
		if strings.HasPrefix(line, key+":") {
			return strings.TrimSpace(line[len(key)+1:])
		}
	}
	return ""
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
