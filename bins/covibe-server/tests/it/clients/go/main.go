// Lists the tools, calls one, reads why another call fails, cancels a long call, and waits for one that reports its
// progress.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// versions of the protocol by their eras: the last one with a handshake, and the stateless one.
var versions = map[string]string{"legacy": "2025-11-25", "modern": "2026-07-28"}

// The tokens of the calls that report their progress.
const (
	cancelled = "cancelled"
	waited    = "waited"
)

// report is what the program prints.
type report struct {
	Tools     int             `json:"tools"`
	Slug      any             `json:"slug"`
	Failure   json.RawMessage `json:"failure,omitempty"`
	Cancelled bool            `json:"cancelled"`
	Progress  []string        `json:"progress"`
	Source    any             `json:"source"`
}

// withKey sends the key with each request.
type withKey struct{ key string }

func (it withKey) RoundTrip(request *http.Request) (*http.Response, error) {
	if it.key != "" {
		request = request.Clone(request.Context())
		request.Header.Set("Authorization", "Bearer "+it.key)
	}
	return http.DefaultTransport.RoundTrip(request)
}

func main() {
	report, err := run(context.Background())
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(report)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context) (*report, error) {
	cancelable, cancel := context.WithCancel(ctx)
	defer cancel()
	progress := make(chan string, 1)
	session, err := connect(ctx, func(_ context.Context, notification *mcp.ProgressNotificationClientRequest) {
		switch notification.Params.ProgressToken {
		case cancelled:
			cancel()
		case waited:
			// Only the first message is read.
			select {
			case progress <- notification.Params.Message:
			default:
			}
		}
	})
	if err != nil {
		return nil, err
	}
	defer session.Close()
	listed, err := session.ListTools(ctx, nil)
	if err != nil {
		return nil, err
	}
	answer, err := session.CallTool(ctx, &mcp.CallToolParams{Name: "workspace_describe"})
	if err != nil {
		return nil, err
	}
	learned := &report{Tools: len(listed.Tools), Slug: member(answer, "slug")}
	arguments := map[string]any{"uuid": "none-such"}
	failed, err := session.CallTool(ctx, &mcp.CallToolParams{Name: "apps_get", Arguments: arguments})
	if err != nil {
		return nil, err
	}
	if failed.IsError {
		learned.Failure = json.RawMessage(failed.Content[0].(*mcp.TextContent).Text)
	}
	_, err = session.CallTool(cancelable, wait(600_000, cancelled))
	learned.Cancelled = err != nil && cancelable.Err() != nil
	logs, err := session.CallTool(ctx, wait(2_000, waited))
	if err != nil {
		return nil, err
	}
	learned.Progress = []string{<-progress}
	learned.Source = member(logs, "source")
	return learned, nil
}

// connect opens a session in the era of MCP_ERA.
func connect(
	ctx context.Context,
	note func(context.Context, *mcp.ProgressNotificationClientRequest),
) (*mcp.ClientSession, error) {
	client := mcp.NewClient(
		&mcp.Implementation{Name: "test", Version: "1.0.0"},
		&mcp.ClientOptions{ProgressNotificationHandler: note},
	)
	transport := &mcp.StreamableClientTransport{
		Endpoint:   os.Getenv("VIBN_MCP_URL"),
		HTTPClient: &http.Client{Transport: withKey{os.Getenv("VIBN_API_KEY")}},
	}
	version := versions[os.Getenv("MCP_ERA")]
	session, err := client.Connect(ctx, transport, &mcp.ClientSessionOptions{ProtocolVersion: version})
	if err != nil {
		return nil, err
	}
	// The library goes on with another version if the server refuses this one.
	if taken := session.InitializeResult().ProtocolVersion; taken != version {
		return nil, fmt.Errorf("the version is %s instead of %s", taken, version)
	}
	return session, nil
}

// wait returns a call that waits for new lines of a log, for this many milliseconds, and reports its progress.
func wait(milliseconds int, token string) *mcp.CallToolParams {
	arguments := map[string]any{"uuid": os.Getenv("APP"), "follow": true, "timeout_ms": milliseconds}
	params := &mcp.CallToolParams{Name: "apps_logs", Arguments: arguments}
	params.SetProgressToken(token)
	return params
}

// member returns a member of the structured answer of a call, and nil if there is no such member.
func member(result *mcp.CallToolResult, name string) any {
	members, _ := result.StructuredContent.(map[string]any)
	return members[name]
}
