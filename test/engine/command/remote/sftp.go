package remote

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/pkg/sftp"
)

func sendText(remote *sftp.Client, text, target string) error {
	info, err := statOrNil(remote, target)
	if err != nil {
		return err
	}
	if info != nil && info.IsDir() {
		return fmt.Errorf("remote path %s is a directory; when using a text asset, remotePath must be a file path", target)
	}
	return sendFile(remote, strings.NewReader(text), target)
}

// sendPath follows cp -r: an existing folder takes the source inside it, unless the source ends with a slash.
func sendPath(remote *sftp.Client, source, target string) error {
	info, err := os.Stat(source)
	if err != nil {
		return err
	}
	there, err := statOrNil(remote, target)
	if err != nil {
		return err
	}
	if info.IsDir() {
		if !strings.HasSuffix(source, "/") {
			target = path.Join(target, filepath.Base(source))
		}
		return sendFolder(remote, source, target)
	}
	if there != nil && there.IsDir() {
		target = path.Join(target, filepath.Base(source))
	}
	return sendLocalFile(remote, source, target)
}

func sendFolder(remote *sftp.Client, source, target string) error {
	return fs.WalkDir(os.DirFS(source), ".", func(name string, entry fs.DirEntry, err error) error {
		switch at := path.Join(target, name); {
		case err != nil:
			return err
		case entry.IsDir():
			return makeFolder(remote, at)
		default:
			return sendLocalFile(remote, filepath.Join(source, name), at)
		}
	})
}

func makeFolder(remote *sftp.Client, target string) error {
	info, err := statOrNil(remote, target)
	if err != nil {
		return err
	}
	if info != nil && !info.IsDir() {
		return fmt.Errorf("remote path %s exists but is not a directory", target)
	}
	if err := remote.MkdirAll(target); err != nil {
		return fmt.Errorf("failed to create remote directory %s: %w", target, err)
	}
	return nil
}

func sendLocalFile(remote *sftp.Client, source, target string) error {
	local, err := os.Open(source)
	if err != nil {
		return err
	}
	defer local.Close()
	return sendFile(remote, local, target)
}

func sendFile(remote *sftp.Client, content io.Reader, target string) error {
	if err := remote.MkdirAll(path.Dir(target)); err != nil {
		return fmt.Errorf("failed to create parent directories for %s: %w", target, err)
	}
	file, err := remote.Create(target)
	if err != nil {
		return fmt.Errorf("failed to create remote file %s: %w", target, err)
	}
	_, err = file.ReadFrom(content)
	if err := errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("failed to copy to remote path %s: %w", target, err)
	}
	return nil
}

func statOrNil(remote *sftp.Client, target string) (fs.FileInfo, error) {
	info, err := remote.Stat(target)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("failed to stat remote path %s: %w", target, err)
	}
	return info, nil
}
