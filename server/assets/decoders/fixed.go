package main

// Fixed reads messages of one size.
type Fixed struct {
	Size int
	kept []byte
}

// OnRead keeps what a read returned and decodes until less than a message is left.
func (d *Fixed) OnRead(data []byte, handle func([]byte)) error {
	d.kept = append(d.kept, data...)
	for len(d.kept) >= d.Size {
		handle(d.kept[:d.Size])
		d.kept = d.kept[d.Size:]
	}
	return nil
}

// OnReadOnce is the mistake: the rest waits for data that may never come.
func (d *Fixed) OnReadOnce(data []byte, handle func([]byte)) error {
	d.kept = append(d.kept, data...)
	if len(d.kept) >= d.Size {
		handle(d.kept[:d.Size])
		d.kept = d.kept[d.Size:]
	}
	return nil
}
