// caller: -n requests, one -every so often (0: all at once), each given up after -timeout.
// It stays alive for -stay afterwards, so that what ss shows is not a dead process.
package main

import (
	"crypto/tls"
	"flag"
	"log"
	"net/http"
	"strings"
	"sync"
	"time"
)

func main() {
	n := flag.Int("n", 50, "number of requests")
	every := flag.Duration("every", 0, "time between two requests")
	timeout := flag.Duration("timeout", 200*time.Millisecond, "http.Client.Timeout")
	stay := flag.Duration("stay", 20*time.Second, "stay alive so long afterwards")
	post := flag.Bool("post", false, "POST with a body")
	flag.Parse()

	t := http.DefaultTransport.(*http.Transport).Clone()
	t.TLSClientConfig = &tls.Config{InsecureSkipVerify: true} // the -h2 server is self-signed
	c := &http.Client{Timeout: *timeout, Transport: t}
	log.SetFlags(log.Ltime | log.Lmicroseconds | log.LUTC)

	var wg sync.WaitGroup
	for i := 0; i < *n; i++ {
		time.Sleep(*every)
		wg.Add(1)
		go func() {
			defer wg.Done()
			var err error
			if *post {
				_, err = c.Post(flag.Arg(0), "text/plain", strings.NewReader("hello"))
			} else {
				_, err = c.Get(flag.Arg(0))
			}
			if err != nil {
				log.Print(err)
			}
		}()
	}
	wg.Wait()
	time.Sleep(*stay)
}
