package main

import (
	"encoding/binary"
	"fmt"
)

// Length reads messages behind a length of 1, 2 or 4 bytes.
type Length struct {
	Width int
	Order binary.ByteOrder
	Limit int
	kept  []byte
}

// OnRead keeps what a read returned and decodes until less than a message is left.
func (d *Length) OnRead(data []byte, handle func([]byte)) error {
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
func (d *Length) OnReadOnce(data []byte, handle func([]byte)) error {
	d.kept = append(d.kept, data...)
	message, ok, err := d.next()
	if ok {
		handle(message)
	}
	return err
}

func (d *Length) next() ([]byte, bool, error) {
	if len(d.kept) < d.Width {
		return nil, false, nil // not even the length is complete
	}
	length := d.length()
	if length > uint64(d.Limit) { // before anything waits for it
		return nil, false, fmt.Errorf("a message of %d bytes, more than the limit of %d", length, d.Limit)
	}
	end := d.Width + int(length)
	if len(d.kept) < end {
		return nil, false, nil
	}
	message := d.kept[d.Width:end]
	d.kept = d.kept[end:]
	return message, true, nil
}

func (d *Length) length() uint64 {
	switch d.Width {
	case 1:
		return uint64(d.kept[0])
	case 2:
		return uint64(d.Order.Uint16(d.kept))
	default:
		return uint64(d.Order.Uint32(d.kept))
	}
}
