package main

import (
	"bytes"
	"fmt"
)

// Delimiter reads messages that end before a mark, which may itself be cut.
type Delimiter struct {
	Mark  []byte
	Limit int
	kept  []byte
}

// OnRead keeps what a read returned and decodes until less than a message is left.
func (d *Delimiter) OnRead(data []byte, handle func([]byte)) error {
	d.kept = append(d.kept, data...)
	for {
		message, ok, err := d.next()
		if !ok {
			return err
		}
		handle(message)
	}
}

// OnReadOnce is the mistake: the rest waits for data that may never come.
func (d *Delimiter) OnReadOnce(data []byte, handle func([]byte)) error {
	d.kept = append(d.kept, data...)
	message, ok, err := d.next()
	if ok {
		handle(message)
	}
	return err
}

func (d *Delimiter) next() ([]byte, bool, error) {
	end, most := bytes.Index(d.kept, d.Mark), d.Limit+len(d.Mark)
	if end > d.Limit || end < 0 && len(d.kept) >= most {
		return nil, false, fmt.Errorf("a message of %d bytes, more than the limit of %d", most, d.Limit)
	}
	if end < 0 {
		return nil, false, nil
	}
	message := d.kept[:end]
	d.kept = d.kept[end+len(d.Mark):]
	return message, true, nil
}
