package main

import (
	"fmt"
	"time"

	"github.com/panjf2000/gnet/v2"
)

// naive takes what one OnTraffic brings for one message.
func naive(c gnet.Conn, handle func([]byte)) error {
	buf, _ := c.Next(-1) // all there is
	size := length(buf[:4])
	handle(buf[4 : 4+size]) // up to the capacity of the loop's shared buffer, not to len(buf)
	return nil
}

// once keeps the rest for later, but decodes one message per callback.
func once(c gnet.Conn, handle func([]byte)) error {
	head, err := c.Peek(4)
	if err != nil {
		return nil // io.ErrShortBuffer: wait for more
	}
	size := length(head)
	if c.InboundBuffered() < 4+size {
		return nil
	}
	frame, _ := c.Next(4 + size)
	handle(frame[4:])
	return nil
}

// loop is right: decode until less than one message is left, and refuse absurd lengths.
func loop(c gnet.Conn, handle func([]byte)) error {
	for {
		head, err := c.Peek(4)
		if err != nil {
			return nil // less than a header: the rest comes with a later OnTraffic
		}
		size := length(head)
		if size > limit {
			return fmt.Errorf("message of %d bytes announced, limit %d", size, limit)
		}
		if c.InboundBuffered() < 4+size {
			return nil
		}
		frame, err := c.Next(4 + size) // never Next(size) alone: Next(0) takes everything
		if err != nil {
			return err
		}
		handle(frame[4:]) // valid in this callback; copy it before it leaves this goroutine
	}
}

// nolimit is loop with two faults: any length is believed, and header and body are taken separately.
func nolimit(c gnet.Conn, handle func([]byte)) error {
	for {
		head, err := c.Peek(4)
		if err != nil {
			return nil
		}
		size := length(head)
		if c.InboundBuffered() < 4+size {
			return nil
		}
		c.Discard(4)
		body, _ := c.Next(size) // size 0 means "all of it"
		handle(body)
	}
}

// share decodes like loop, but a worker gets the slice itself, and looks at it 3 ms later.
func (s *server) share(c gnet.Conn, handle func([]byte)) error {
	return loop(c, func(body []byte) {
		given := string(body) // a copy, to compare with
		s.workers.Add(1)
		go func() {
			defer s.workers.Done()
			time.Sleep(3 * time.Millisecond)
			if string(body) == given {
				handle(body)
			} else {
				fmt.Printf("worker was given %.5q, found %.5q\n", given, body)
				handle(nil)
			}
		}()
	})
}

// block does its work in the callback, 20 ms a message: all connections of this loop wait.
func block(c gnet.Conn, handle func([]byte)) error {
	return loop(c, func(body []byte) {
		time.Sleep(20 * time.Millisecond)
		handle(body)
	})
}
