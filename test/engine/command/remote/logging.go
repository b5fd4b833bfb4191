package remote

import (
	"bufio"
	"context"
	"io"
	"slices"

	provider "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
)

// Logging says which of a command's streams show as progress.
type Logging string

const (
	logStdout          Logging = "stdout"
	logStderr          Logging = "stderr"
	logStdoutAndStderr Logging = "stdoutAndStderr"
	logNone            Logging = "none"
)

func (Logging) Values() (values []infer.EnumValue[Logging]) {
	for _, value := range []Logging{logStdout, logStderr, logStdoutAndStderr, logNone} {
		values = append(values, infer.EnumValue[Logging]{Name: string(value), Value: value})
	}
	return values
}

// shows is true without a setting: the default is to log both streams.
func (l *Logging) shows(stream Logging) bool {
	return l == nil || slices.Contains([]Logging{stream, logStdoutAndStderr}, *l)
}

// forwardLines logs what is written to it until it is closed; the channel closes after the last line.
func forwardLines(ctx context.Context) (io.WriteCloser, <-chan struct{}) {
	reader, writer := io.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		lines := bufio.NewScanner(reader)
		for lines.Scan() {
			provider.GetLogger(ctx).InfoStatus(lines.Text())
		}
		// A line too long for the scanner ends it; the command must still be able to write.
		_, _ = io.Copy(io.Discard, reader)
	}()
	return writer, done
}
