package yamlfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// MaxSize is how many bytes a file may have.
const MaxSize = 1 << 20

// Read returns the content of a file. It must be a regular file, or a link to one: reading a FIFO,
// socket or device may never end. The error has no path.
func Read(path string) ([]byte, error) {
	// The question comes before the file is opened, because opening a FIFO waits for its writer.
	info, err := os.Stat(path)
	if err != nil {
		return nil, cause(err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("it is %s, not a regular file", describe(info.Mode()))
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, cause(err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, MaxSize+1))
	if err != nil {
		return nil, cause(err)
	}
	if len(data) > MaxSize {
		return nil, errors.New("it has more than 1 MiB")
	}
	return data, nil
}

func describe(mode fs.FileMode) string {
	switch {
	case mode.IsDir():
		return "a folder"
	case mode&fs.ModeNamedPipe != 0:
		return "a FIFO"
	case mode&fs.ModeSocket != 0:
		return "a socket"
	}
	return "a device"
}

// cause returns an error without the path.
func cause(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err
	}
	return err
}
