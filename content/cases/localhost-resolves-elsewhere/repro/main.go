// Fetches http://localhost:8080/, as the service did, and says where it went.
package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"os"
)

func main() {
	req, err := http.NewRequest("GET", "http://localhost:8080/", nil)
	if err != nil {
		panic(err)
	}
	trace := &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) {
		fmt.Println("connected to", info.Conn.RemoteAddr())
	}}
	resp, err := http.DefaultClient.Do(req.WithContext(httptrace.WithClientTrace(req.Context(), trace)))
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Print("answered by ")
	io.Copy(os.Stdout, resp.Body)
}
