package main

// Naive takes what a read returns for a message. TCP does not promise that.
type Naive struct{}

// OnRead hands over whatever has arrived.
func (d *Naive) OnRead(data []byte, handle func([]byte)) error {
	handle(data)
	return nil
}
