// Judges compose files as Docker Compose does when it loads them.
//
// It reads a JSON object of compose files by name from stdin, and writes one of verdicts to stdout. A verdict has the
// error of a file that Docker Compose refuses, or the model of one that it takes.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/sirupsen/logrus"
)

// file is a compose file, with the variables and the profiles that `docker compose` is called with.
type file struct {
	Text      string            `json:"text"`
	Variables map[string]string `json:"variables"`
	Profiles  []string          `json:"profiles"`
	// Folder is where the file lies, with the files that it names.
	Folder string `json:"folder"`
}

// verdict is what Docker Compose says of a file.
type verdict struct {
	Error string          `json:"error,omitempty"`
	Model json.RawMessage `json:"model,omitempty"`
}

func main() {
	// Warnings about variables without values are no verdicts.
	logrus.SetLevel(logrus.ErrorLevel)
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	files := map[string]file{}
	if err := json.NewDecoder(os.Stdin).Decode(&files); err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "compose-loader")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	verdicts := map[string]verdict{}
	for name, file := range files {
		verdicts[name] = judge(folder, file)
	}
	return json.NewEncoder(os.Stdout).Encode(verdicts)
}

func judge(empty string, file file) verdict {
	folder := empty
	if file.Folder != "" {
		folder = file.Folder
	}
	model, err := load(folder, file)
	if err != nil {
		return verdict{Error: strings.ReplaceAll(err.Error(), folder+"/", "")}
	}
	return verdict{Model: model}
}

// load loads a file as `docker compose` does. Variables that a service takes from elsewhere stay as they are.
func load(folder string, file file) (model json.RawMessage, err error) {
	defer func() {
		if panicked := recover(); panicked != nil {
			err = fmt.Errorf("the loader panicked: %v", panicked)
		}
	}()
	details := types.ConfigDetails{
		WorkingDir:  folder,
		ConfigFiles: []types.ConfigFile{{Filename: folder + "/compose.yaml", Content: []byte(file.Text)}},
		Environment: types.Mapping(file.Variables),
	}
	options := func(options *loader.Options) {
		options.SetProjectName(project, true)
		options.Profiles = file.Profiles
		options.SkipResolveEnvironment = true
	}
	loaded, err := loader.LoadWithContext(context.Background(), details, options)
	if err != nil {
		return nil, err
	}
	return loaded.MarshalJSON()
}

const project = "covibe"

