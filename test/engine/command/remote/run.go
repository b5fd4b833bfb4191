package remote

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"sync"

	provider "github.com/pulumi/pulumi-go-provider"
	"golang.org/x/crypto/ssh"
)

const acceptEnvHint = `Unable to set '%s'. This only works if your SSH server is configured to accept these variables ` +
	`via AcceptEnv. Alternatively, prefix the command itself with the variables in the form 'VAR=value command'`

// run leaves its SSH connection open, as the stock plugin does: the plugin's own end closes it.
func (s *CommandState) run(ctx context.Context, line *string) error {
	if line == nil {
		return nil
	}
	client, err := s.Connection.dial(ctx)
	if err != nil {
		return err
	}
	session, err := client.NewSession()
	if err != nil {
		return err
	}
	defer session.Close()
	if err := s.setEnvironment(ctx, session); err != nil {
		return err
	}
	if s.Stdin != nil && *s.Stdin != "" {
		session.Stdin = strings.NewReader(*s.Stdin)
	}

	var stdout, stderr bytes.Buffer
	var mixed lockedBuffer
	progress, logged := forwardLines(ctx)
	session.Stdout = io.MultiWriter(s.writers(logStdout, &stdout, &mixed, progress)...)
	session.Stderr = io.MultiWriter(s.writers(logStderr, &stderr, &mixed, progress)...)
	err = session.Run(*line)
	_ = progress.Close()
	<-logged
	if err != nil {
		return fmt.Errorf("%w: running %q:\n%s", err, *line, mixed.String())
	}
	s.Stdout = strings.TrimSuffix(stdout.String(), "\n")
	s.Stderr = strings.TrimSuffix(stderr.String(), "\n")
	return nil
}

func (s *CommandState) writers(stream Logging, own, mixed, progress io.Writer) []io.Writer {
	if s.Logging.shows(stream) {
		return []io.Writer{own, mixed, progress}
	}
	return []io.Writer{own, mixed}
}

// setEnvironment fails on a variable of the user's that the server refuses, and only warns for the previous output.
func (s *CommandState) setEnvironment(ctx context.Context, session *ssh.Session) error {
	log := provider.GetLogger(ctx)
	for name, value := range s.Environment {
		if err := session.Setenv(name, value); err != nil {
			log.Errorf(acceptEnvHint, name)
			return fmt.Errorf("could not set environment variable %q: %w", name, err)
		}
	}
	if s.AddPreviousOutputInEnv != nil && !*s.AddPreviousOutputInEnv {
		return nil
	}
	for name, value := range map[string]string{"PULUMI_COMMAND_STDOUT": s.Stdout, "PULUMI_COMMAND_STDERR": s.Stderr} {
		if value != "" && session.Setenv(name, value) != nil {
			log.Warningf(acceptEnvHint, name)
		}
	}
	return nil
}

// lockedBuffer takes both streams, which SSH writes from two goroutines.
type lockedBuffer struct {
	mu sync.Mutex
	bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.Write(p)
}
