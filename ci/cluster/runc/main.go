// Command runc is runc for a machine whose root lacks CAP_SYS_RESOURCE, as in some sandboxes: there, runc cannot grant that
// capability to a privileged container, nor lower a process's OOM score. Both are taken out of what it is asked to create; every call
// then goes to the runc of the machine.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

const capability = "CAP_SYS_RESOURCE"

// bundle is the directory of the container that is to be created, or "" for any other call.
func bundle(args []string) string {
	if !slices.Contains(args, "create") && !slices.Contains(args, "run") {
		return ""
	}
	for i, arg := range args {
		if (arg == "--bundle" || arg == "-b") && i+1 < len(args) {
			return args[i+1]
		}
		if value, found := strings.CutPrefix(arg, "--bundle="); found {
			return value
		}
	}
	return "."
}

// lower takes out of a container's configuration what this machine's root cannot grant.
func lower(config map[string]any) {
	process, _ := config["process"].(map[string]any)
	capabilities, _ := process["capabilities"].(map[string]any)
	for set, list := range capabilities {
		names, _ := list.([]any)
		capabilities[set] = slices.DeleteFunc(names, func(name any) bool { return name == capability })
	}
	if number, is := process["oomScoreAdj"].(json.Number); is && strings.HasPrefix(number.String(), "-") {
		process["oomScoreAdj"] = 0
	}
}

func rewrite(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	// Limits are 64-bit numbers, which floating point would change.
	decoder.UseNumber()
	var config map[string]any
	if err := decoder.Decode(&config); err != nil {
		return err
	}
	lower(config)
	if text, err = json.Marshal(config); err != nil {
		return err
	}
	return os.WriteFile(file, text, 0o600)
}

func run(args []string) error {
	if directory := bundle(args); directory != "" {
		if err := rewrite(filepath.Join(directory, "config.json")); err != nil {
			return err
		}
	}
	// This program is not on the PATH under that name, so it is the machine's that is found.
	runc, err := exec.LookPath("runc")
	if err != nil {
		return err
	}
	return syscall.Exec(runc, append([]string{"runc"}, args...), os.Environ())
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
