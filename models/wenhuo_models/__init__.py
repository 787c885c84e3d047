"""Wenhuo models: architecture, data factory, distillation, export, evaluation."""
