// The calls of a plan (see plan.py) with Go's net/http and its defaults.
package main

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"
)

var client = &http.Client{Timeout: 5 * time.Second}

func main() {
	text, err := os.ReadFile(os.Args[1])
	if err != nil {
		panic(err)
	}
	plan := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	workers := map[string][]int{}
	for index, row := range plan {
		worker := strings.SplitN(row, "\t", 2)[0]
		workers[worker] = append(workers[worker], index)
	}
	answers, err := os.OpenFile(os.Args[2], os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		panic(err)
	}
	do := func(indices []int) {
		for _, index := range indices {
			fmt.Fprintf(answers, "%d\t%s\n", index, call(strings.Split(plan[index], "\t")))
		}
	}
	var group sync.WaitGroup
	for _, indices := range workers {
		group.Add(1)
		go func(indices []int) {
			defer group.Done()
			do(indices)
		}(indices)
	}
	group.Wait()
}

func call(fields []string) string {
	method, url, mode, text := fields[1], fields[2], fields[3], fields[4]
	var body io.Reader
	switch mode {
	case "none":
	case "chunked":
		// Of a reader that is no buffer the length is not known.
		body = io.MultiReader(strings.NewReader(text[:len(text)/2]), strings.NewReader(text[len(text)/2:]))
	default:
		body = bytes.NewReader([]byte(text))
	}
	request, err := http.NewRequest(method, url, body)
	if err != nil {
		return fmt.Sprintf("0\t0\t\t\t%v", err)
	}
	for _, header := range strings.Split(fields[5], "\x1f") {
		if name, value, ok := strings.Cut(header, ": "); ok {
			request.Header.Add(name, value)
		}
	}
	if mode == "expect" {
		request.Header.Set("Expect", "100-continue")
	}
	began := time.Now()
	response, err := client.Do(request)
	if err != nil {
		return fmt.Sprintf("0\t%d\t\t\t%v", time.Since(began).Milliseconds(), err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	took := time.Since(began).Milliseconds()
	if err != nil {
		return fmt.Sprintf("0\t%d\t\t\t%v", took, err)
	}
	var headers []string
	for name, values := range response.Header {
		for _, value := range values {
			headers = append(headers, name+": "+value)
		}
	}
	if response.Close {
		// net/http keeps this header to itself.
		headers = append(headers, "Connection: close")
	}
	return fmt.Sprintf("%d\t%d\t%s\t%s\t", response.StatusCode, took, strings.Join(headers, "\x1f"), base64.StdEncoding.EncodeToString(answer))
}
