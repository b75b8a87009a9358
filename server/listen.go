package server

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"time"
)

// Listener accepts connections of one address and tells TLS from plain HTTP by the first byte: a TLS connection begins
// with a handshake record (RFC 8446 5.1). Plain connections are taken on loopback only.
type Listener struct {
	inner  net.Listener
	plain  *part
	secure *part
	open   bool // plain HTTP is taken
}

// Listen opens an address.
func Listen(ctx context.Context, addr string) (*Listener, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	ip := net.ParseIP(host)
	loopback := host == "localhost" || ip != nil && ip.IsLoopback()
	inner, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	return &Listener{inner: inner, open: loopback, plain: newPart(inner), secure: newPart(inner)}, nil
}

// Addr is the address that was opened.
func (l *Listener) Addr() net.Addr { return l.inner.Addr() }

// Plain reports whether plain HTTP is answered.
func (l *Listener) Plain() bool { return l.open }

// Close stops accepting.
func (l *Listener) Close() error {
	err := l.inner.Close()
	l.plain.end()
	l.secure.end()
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// firstByte is how long a connection may keep silent before it is closed.
const firstByte = 10 * time.Second

// run accepts connections until the listener is closed.
func (l *Listener) run() error {
	for {
		conn, err := l.inner.Accept()
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		var passing net.Error
		if errors.As(err, &passing) && passing.Timeout() {
			continue
		}
		if err != nil {
			_ = l.Close()
			return err
		}
		go l.sort(conn)
	}
}

// sort gives a connection to the server that speaks its language.
func (l *Listener) sort(conn net.Conn) {
	var first [1]byte
	_ = conn.SetReadDeadline(time.Now().Add(firstByte))
	if _, err := io.ReadFull(conn, first[:]); err != nil {
		_ = conn.Close()
		return
	}
	_ = conn.SetReadDeadline(time.Time{})
	const handshake = 0x16
	whole := &prefixed{Conn: conn, first: first[0], has: true}
	switch {
	case first[0] == handshake:
		l.secure.give(whole)
	case l.open:
		l.plain.give(whole)
	default:
		_ = conn.SetWriteDeadline(time.Now().Add(time.Second))
		_, _ = io.WriteString(conn, "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\nThis address speaks TLS: use https.\n")
		_ = conn.Close()
	}
}

// prefixed is a connection whose first byte has been read already.
type prefixed struct {
	net.Conn
	first byte
	has   bool
}

func (c *prefixed) Read(p []byte) (int, error) {
	if !c.has || len(p) == 0 {
		return c.Conn.Read(p)
	}
	c.has = false
	p[0] = c.first
	return 1, nil
}

// part is one language's share of the connections.
type part struct {
	addr  net.Addr
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func newPart(l net.Listener) *part {
	return &part{addr: l.Addr(), conns: make(chan net.Conn), done: make(chan struct{})}
}

func (p *part) give(c net.Conn) {
	select {
	case p.conns <- c:
	case <-p.done:
		_ = c.Close()
	}
}

func (p *part) end() { p.once.Do(func() { close(p.done) }) }

// Accept implements net.Listener.
func (p *part) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (p *part) Close() error {
	p.end()
	return nil
}

// Addr implements net.Listener.
func (p *part) Addr() net.Addr { return p.addr }
