// The corpus for Go: what an event asks for under "do".
package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

type event struct {
	Do    string          `json:"do"`
	Value json.RawMessage `json:"value"`
	Names []string        `json:"names"`
	Text  string          `json:"text"`
	Bytes int             `json:"bytes"`
}

// CorpusError is the function's own kind of error.
type CorpusError struct{ message string }

func (e CorpusError) Error() string { return e.message }

var calls = 0

func handle(ctx context.Context, e event) (any, error) {
	calls++
	switch e.Do {
	case "echo":
		return e.Value, nil
	case "context":
		return described(ctx), nil
	case "environment":
		values := map[string]any{}
		for _, name := range e.Names {
			if value, found := os.LookupEnv(name); found {
				values[name] = value
			} else {
				values[name] = nil
			}
		}
		return values, nil
	case "calls":
		return calls, nil
	case "error":
		return nil, CorpusError{e.Text}
	case "exit":
		os.Exit(3)
	case "hang":
		time.Sleep(time.Minute)
	case "unhandled":
		panic(errors.New(e.Text))
	case "length":
		return len(e.Text), nil
	case "large":
		return strings.Repeat("x", e.Bytes), nil
	case "reverse":
		bytes, err := base64.StdEncoding.DecodeString(e.Text)
		if err != nil {
			return nil, err
		}
		slices.Reverse(bytes)
		return base64.StdEncoding.EncodeToString(bytes), nil
	case "stream":
		return streamed(e.Text), nil
	case "log":
		fmt.Println("raw line")
		if os.Getenv("AWS_LAMBDA_LOG_FORMAT") == "JSON" {
			for _, level := range []string{"DEBUG", "INFO", "WARN", "ERROR"} {
				fmt.Printf("{\"level\":%q,\"message\":%q}\n", level, "a "+strings.ToLower(level))
			}
		} else {
			log.Print("a log line")
		}
		return true, nil
	}
	return nil, nil
}

// pieces is what the client streams: a reader that has no form in JSON, which its channel sees to.
type pieces struct {
	io.Reader
	NoJSON chan struct{}
}

func streamed(text string) pieces {
	reader, writer := io.Pipe()
	go func() {
		fmt.Fprintf(writer, "first %s", text)
		time.Sleep(200 * time.Millisecond)
		fmt.Fprintf(writer, ", second %s", text)
		writer.Close()
	}()
	return pieces{Reader: reader}
}

func described(ctx context.Context) map[string]any {
	about, _ := lambdacontext.FromContext(ctx)
	deadline, _ := ctx.Deadline()
	return map[string]any{
		"requestId":    about.AwsRequestID,
		"arn":          about.InvokedFunctionArn,
		"name":         lambdacontext.FunctionName,
		"version":      lambdacontext.FunctionVersion,
		"memory":       lambdacontext.MemoryLimitInMB,
		"logGroup":     lambdacontext.LogGroupName,
		"logStream":    lambdacontext.LogStreamName,
		"remainingMs":  time.Until(deadline).Milliseconds(),
		"clientCustom": about.ClientContext.Custom["key"],
	}
}

func main() {
	if os.Getenv("CORPUS_INIT") == "fail" {
		panic(errors.New("init failed"))
	}
	lambda.Start(handle)
}
