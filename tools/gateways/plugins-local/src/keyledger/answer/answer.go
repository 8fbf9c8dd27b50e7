// Package answer is a plugin for Traefik, which interprets it: a middleware that gives one answer to every request.
package answer

import (
	"context"
	"net/http"
)

// Config is what the middleware answers.
type Config struct {
	Status  int
	Headers map[string]string
	Body    string
}

// CreateConfig is called by Traefik.
func CreateConfig() *Config { return &Config{Status: http.StatusServiceUnavailable} }

// New is called by Traefik. What would come next is never asked.
func New(_ context.Context, _ http.Handler, config *Config, _ string) (http.Handler, error) {
	return http.HandlerFunc(func(writer http.ResponseWriter, _ *http.Request) {
		for name, value := range config.Headers {
			writer.Header().Set(name, value)
		}
		writer.WriteHeader(config.Status)
		_, _ = writer.Write([]byte(config.Body))
	}), nil
}
