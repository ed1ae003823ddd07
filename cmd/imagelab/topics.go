package main

import "github.com/spf13/cobra"

// exitCodes is the part of the help about exit codes.
const exitCodes = `Exit codes of every command:

  0      success
  1      something failed; the reason is on standard error
  2      the command line was not understood
  130    stopped by Ctrl-C; standard error says what is kept and how to go on

review and a notebook server end with 0 when they are stopped so: that is how they end.`

// newTopics are texts that `imagelab help NAME` shows, and no commands.
func newTopics() []*cobra.Command {
	return []*cobra.Command{
		{Use: "exit-codes", Short: "What the exit codes mean", Long: exitCodes},
		{Use: "environment", Short: "Which environment variables are read", Long: environment},
	}
}
