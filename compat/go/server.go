package main

import (
	"fmt"
	"io"
	"math/rand"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

const startLimit = 60 * time.Second

// server is one process of the launcher on a folder and a port of its own.
type server struct {
	folder     string
	address    string
	properties string
	mu         sync.Mutex
	command    *exec.Cmd
	gone       chan struct{}
	serving    bool
}

// newServer writes zoo.cfg: the given lines after those that every server has; lines that begin with -D are properties.
func newServer(folder string, lines []string) (*server, error) {
	if err := os.MkdirAll(filepath.Join(folder, "data"), 0o755); err != nil {
		return nil, err
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	s := &server{folder: folder, address: fmt.Sprintf("127.0.0.1:%d", port)}
	config := []string{
		"dataDir=" + filepath.Join(folder, "data"),
		fmt.Sprintf("clientPort=%d", port),
		"clientPortAddress=127.0.0.1",
		"admin.enableServer=false",
		"4lw.commands.whitelist=*",
		"maxClientCnxns=0",
	}
	for _, line := range lines {
		if strings.HasPrefix(line, "-D") {
			s.properties += " " + line
		} else {
			config = append(config, line)
		}
	}
	return s, os.WriteFile(s.configFile(), []byte(strings.Join(config, "\n")+"\n"), 0o644)
}

func (s *server) configFile() string { return filepath.Join(s.folder, "zoo.cfg") }

// start runs the launcher and waits until the server serves. It is used again after kill, on the same folder.
func (s *server) start() error {
	launcher, err := filepath.Abs(os.Getenv("ZK_LAUNCH"))
	if err != nil {
		return err
	}
	log, err := os.OpenFile(filepath.Join(s.folder, "log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	defer log.Close()
	command := exec.Command(launcher, s.configFile())
	command.Env = append(os.Environ(), "ZK_PROPS="+os.Getenv("ZK_PROPS")+s.properties)
	command.Dir, command.Stdout, command.Stderr = s.folder, log, log
	// A group of its own: a launcher that does not replace itself by the server is killed with it.
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := command.Start(); err != nil {
		return err
	}
	gone := make(chan struct{})
	go func() { command.Wait(); close(gone) }()
	s.mu.Lock()
	s.command, s.gone = command, gone
	s.mu.Unlock()
	if err := s.awaitServing(gone); err != nil {
		s.kill()
		return fmt.Errorf("%s: %v: %s", launcher, err, s.lastLogLine())
	}
	s.setServing(true)
	return nil
}

func (s *server) awaitServing(gone <-chan struct{}) error {
	for deadline := time.Now().Add(startLimit); time.Now().Before(deadline); {
		if text, err := s.word("srvr"); err == nil && strings.Contains(text, "Mode: ") {
			return nil
		}
		select {
		case <-gone:
			return fmt.Errorf("the server ended")
		case <-time.After(50 * time.Millisecond):
		}
	}
	return fmt.Errorf("does not serve within %v", startLimit)
}

// kill ends the server with SIGKILL and waits until it is gone.
func (s *server) kill() { s.signal(syscall.SIGKILL) }

func (s *server) signal(number syscall.Signal) {
	s.setServing(false)
	s.mu.Lock()
	command, gone := s.command, s.gone
	s.command = nil
	s.mu.Unlock()
	if command == nil {
		return
	}
	syscall.Kill(-command.Process.Pid, number)
	<-gone
}

func (s *server) setServing(serving bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.serving = serving
}

// isServing says whether clients may dial. A server that is only just starting may take a ConnectRequest and never
// answer it, for which this library waits a minute.
func (s *server) isServing() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.serving
}

// word asks a four-letter word.
func (s *server) word(word string) (string, error) {
	conn, err := net.DialTimeout("tcp", s.address, time.Second)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(5 * time.Second))
	if _, err := conn.Write([]byte(word)); err != nil {
		return "", err
	}
	text, err := io.ReadAll(conn)
	return string(text), err
}

func (s *server) lastLogLine() string {
	text, _ := os.ReadFile(filepath.Join(s.folder, "log"))
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return lines[len(lines)-1]
}

// freePort finds a port below the range of near ends of connections: a client that dials there in vain must not end
// up at itself.
func freePort() (int, error) {
	for tries := 0; tries < 100; tries++ {
		port := 12000 + rand.Intn(18000)
		listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			listener.Close()
			return port, nil
		}
	}
	return 0, fmt.Errorf("no free port")
}
