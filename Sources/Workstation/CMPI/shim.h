#pragma once
/* Debian keeps the header of its chosen MPI in a folder; elsewhere give its place with -Xcc -I. */
#if __has_include(<mpi.h>)
#include <mpi.h>
#else
#include <mpi/mpi.h>
#endif

/* MPI's constants are macros that Swift does not see, so the few calls that are needed are made here. Errors end all
 * ranks, which is the library's default. */

static inline void cooee_mpi_start(int *rank, int *count) {
  int provided;
  MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &provided);
  MPI_Comm_rank(MPI_COMM_WORLD, rank);
  MPI_Comm_size(MPI_COMM_WORLD, count);
}

/* Sums over the ranks; the first counts[rank] values become this rank's share, the others are undefined. */
static inline void cooee_mpi_reduce_scatter(float *values, const int *counts) {
  MPI_Reduce_scatter(MPI_IN_PLACE, values, counts, MPI_FLOAT, MPI_SUM, MPI_COMM_WORLD);
}

/* Sends this rank's share, which lies in its place, to all. */
static inline void cooee_mpi_gather_floats(float *values, const int *counts, const int *offsets) {
  MPI_Allgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, values, counts, offsets, MPI_FLOAT, MPI_COMM_WORLD);
}

static inline void cooee_mpi_gather_length(int length, int *lengths) {
  MPI_Allgather(&length, 1, MPI_INT, lengths, 1, MPI_INT, MPI_COMM_WORLD);
}

static inline void cooee_mpi_gather_bytes(
  const unsigned char *bytes, int length, unsigned char *all, const int *lengths, const int *offsets) {
  MPI_Allgatherv(bytes, length, MPI_BYTE, all, lengths, offsets, MPI_BYTE, MPI_COMM_WORLD);
}

static inline void cooee_mpi_finish(void) { MPI_Finalize(); }
