"""The gRPC door: only here are grpc and protobuf known. Start at `server`, then `services`."""
