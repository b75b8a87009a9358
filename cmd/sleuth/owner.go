package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
)

// The owner of a data directory listens on a socket in it, so that other commands work while it runs. A command is
// sent whole - its arguments and where it was typed - and runs in the owner's process; its input and output travel
// as frames, one JSON object each.
//
//	to the owner:   {"args", "cwd"}, then {"in": bytes}... and {"eof": true}
//	to the command: {"out": bytes} and {"err": bytes}..., then {"exit": code}
//
// A command that hangs up is cancelled.
type frame struct {
	Args []string `json:"args,omitempty"`
	Cwd  string   `json:"cwd,omitempty"`
	In   []byte   `json:"in,omitempty"`
	EOF  bool     `json:"eof,omitempty"`
	Out  []byte   `json:"out,omitempty"`
	Err  []byte   `json:"err,omitempty"`
	Exit *int     `json:"exit,omitempty"`
}

func socketPath(dir string) string { return filepath.Join(dir, "sleuth.sock") }

// listenOwner opens the socket with mode 0600. A socket that a killed owner left is removed: the lock on the directory is ours.
func listenOwner(dir string) (net.Listener, error) {
	path := socketPath(dir)
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("socket for other commands: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// serveOwner runs the commands that come over the socket until ctx ends, and waits for those that run.
func serveOwner(ctx context.Context, l net.Listener, h *house) error {
	var running sync.WaitGroup
	defer running.Wait()
	stop := context.AfterFunc(ctx, func() { _ = l.Close() })
	defer stop()
	for {
		conn, err := l.Accept()
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		running.Go(func() { runForOther(ctx, conn, h) })
	}
}

func runForOther(ctx context.Context, conn net.Conn, h *house) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	dec := json.NewDecoder(conn)
	var first frame
	if dec.Decode(&first) != nil {
		return
	}
	out := &framer{enc: json.NewEncoder(conn)}
	in, feed := io.Pipe()
	go func() {
		defer cancel() // the command has hung up
		for {
			var f frame
			if err := dec.Decode(&f); err != nil {
				_ = feed.CloseWithError(io.ErrUnexpectedEOF)
				return
			}
			if f.EOF {
				_ = feed.Close()
			} else if _, err := feed.Write(f.In); err != nil {
				continue // the verb does not read its input
			}
		}
	}()
	a := &app{stdin: in, stdout: out.stream(false), stderr: out.stream(true), cwd: first.Cwd, args: first.Args, house: h}
	code := a.run(ctx)
	stop()
	_ = in.Close()
	out.send(frame{Exit: &code})
}

// framer writes frames from several goroutines.
type framer struct {
	mu  sync.Mutex
	enc *json.Encoder
}

func (f *framer) send(v frame) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.enc.Encode(v)
}

func (f *framer) stream(isErr bool) io.Writer { return frameWriter{f, isErr} }

type frameWriter struct {
	f     *framer
	isErr bool
}

func (w frameWriter) Write(p []byte) (int, error) {
	v := frame{Out: p}
	if w.isErr {
		v = frame{Err: p}
	}
	if err := w.f.send(v); err != nil {
		return 0, err
	}
	return len(p), nil
}

// forward runs this command in the process that owns dir. held is the error to report when it cannot be reached.
func (a *app) forward(ctx context.Context, dir string, held error) error {
	conn, err := (&net.Dialer{}).DialContext(ctx, "unix", socketPath(dir))
	if err != nil {
		return fmt.Errorf("%w; it does not answer on %s: wait for it to end, or stop it", held, socketPath(dir))
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	out := &framer{enc: json.NewEncoder(conn)}
	if err := out.send(frame{Args: a.args, Cwd: a.cwd}); err != nil {
		return err
	}
	go a.feed(out)
	dec := json.NewDecoder(conn)
	for {
		var f frame
		if err := dec.Decode(&f); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return fmt.Errorf("the process that owns %s stopped before the command was done", dir)
		}
		if f.Exit != nil {
			if *f.Exit == exitDone {
				return nil
			}
			return &exitError{code: *f.Exit}
		}
		if _, err := a.stdout.Write(f.Out); err != nil {
			return err
		}
		if _, err := a.stderr.Write(f.Err); err != nil {
			return err
		}
	}
}

// feed sends standard input along; a terminal too, line by line.
func (a *app) feed(out *framer) {
	buf := make([]byte, 32<<10)
	for {
		n, err := a.stdin.Read(buf)
		if n > 0 && out.send(frame{In: buf[:n]}) != nil {
			return
		}
		if err != nil {
			_ = out.send(frame{EOF: true})
			return
		}
	}
}
