// Package checkpoints writes and reads trained weights such that nothing is lost and no damaged
// data is trusted.
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
//     that is replaced (model/): both become visible atomically, even if the
//     machine loses power half-way;
//   - [WriteFileAtomic] and [LockFolder] for the rest of a run folder.
//
// It knows no graph and no model: a tensor is a name, a shape and numbers. It never executes
// anything it reads, never follows a link out of a folder, never deletes anything it cannot prove
// to be its own leftover, and reading never writes.
//
// Errors that concern a file are of type [*Error] and carry the exit code of the command: 4 for a
// checkpoint or model file, 5 for non-finite numbers, 6 for the file system, 2 for a folder that is
// in use.
package checkpoints
