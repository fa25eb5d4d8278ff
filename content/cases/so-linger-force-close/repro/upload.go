// upload: posts 5 MB -n times and counts how each one ended.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
)

func main() {
	n := flag.Int("n", 20, "number of uploads")
	flag.Parse()

	ends := map[string]int{}
	for i := 0; i < *n; i++ {
		r, err := http.Post(flag.Arg(0), "application/octet-stream", bytes.NewReader(make([]byte, 5<<20)))
		if err == nil {
			ends[r.Status]++
			r.Body.Close()
			continue
		}
		var call *os.SyscallError // the innermost error, without addresses
		if errors.As(err, &call) {
			err = call
		}
		ends[err.Error()]++
	}
	for end, count := range ends {
		fmt.Printf("%3d x %s\n", count, end)
	}
}
