// Package checkpoints writes and reads trained weights so that nothing is lost
// and nothing damaged is believed.
//
// It has four parts:
//
//   - the safetensors codec ([Write], [Read], [LoadInto]): the format of
//     https://github.com/huggingface/safetensors, written with the same bytes
//     for the same tensors, read with every limit checked before the first
//     allocation;
//   - sealed folders ([Checkpoint], [Open], [Verify]): MANIFEST.json holds the
//     size and SHA-256 of each file and a checksum of itself;
//   - [Store], a folder of checkpoints step-00001200/, and [Bundle], one folder
//     that is replaced (model/): both become visible whole or not at all, also
//     when the machine loses power half-way;
//   - [WriteFileAtomic] and [LockFolder] for the rest of a run folder.
//
// It knows no graph and no model: a tensor is a name, a shape and numbers. It
// never runs anything it reads, never follows a link out of a folder, never
// deletes what it cannot prove to be its own leftover, and reading never
// writes.
//
// Errors that concern a file are of type [*Error] and carry the exit code of
// the command: 4 for a checkpoint or model file, 5 for numbers that are not
// finite, 6 for the file system, 2 for a folder that is in use.
package checkpoints
