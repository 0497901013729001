#pragma once
#include <oneapi/dnnl/dnnl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

/* Matrix products in bfloat16 by oneDNN, 2.6 or later, each on the thread that asks for it. */

extern void omp_set_num_threads(int);

/* Whether this processor multiplies bfloat16 faster than float. */
static inline int cooee_bfloat16_is_fast(void) {
  const int isa = dnnl_get_effective_cpu_isa(), wanted = dnnl_cpu_isa_avx512_core_bf16;
  return (isa & wanted) == wanted;
}

/* Rounds to the nearest bfloat16, ties to even. */
#if defined(__x86_64__)
__attribute__((target("avx512f,avx512bf16")))
#endif
static void cooee_bfloat16_round(const float *values, uint16_t *rounded, long count) {
  long i = 0;
#if defined(__x86_64__)
  for (; i + 16 <= count; i += 16)
    _mm256_storeu_si256((__m256i *)(rounded + i), (__m256i)_mm512_cvtneps_pbh(_mm512_loadu_ps(values + i)));
#endif
  for (; i < count; i++) {
    uint32_t bits;
    memcpy(&bits, values + i, 4);
    rounded[i] = (uint16_t)((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
  }
}

struct cooee_bfloat16_product {
  long m, n, k;
  int transposes_left, transposes_right, accumulates;
  dnnl_primitive_t primitive;
  dnnl_memory_t left, right, output;
};

/* What a thread keeps: oneDNN's objects for the shapes that it met, and room for the rounded operands. */
struct cooee_bfloat16_thread {
  dnnl_engine_t engine;
  dnnl_stream_t stream;
  struct cooee_bfloat16_product products[1024];
  uint16_t *left, *right;
  long left_capacity, right_capacity;
};

static inline int cooee_bfloat16_prepare(
  struct cooee_bfloat16_thread *thread, struct cooee_bfloat16_product *product) {
  const long m = product->m, n = product->n, k = product->k;
  const dnnl_dims_t left_shape = {m, k}, right_shape = {k, n}, output_shape = {m, n};
  const dnnl_dims_t left_strides = {product->transposes_left ? 1 : k, product->transposes_left ? m : 1};
  const dnnl_dims_t right_strides = {product->transposes_right ? 1 : n, product->transposes_right ? k : 1};
  const dnnl_dims_t output_strides = {n, 1};
  dnnl_primitive_attr_t attributes = NULL;
  dnnl_post_ops_t operations = NULL;
  dnnl_primitive_desc_t description = NULL;
  int failed = dnnl_primitive_attr_create(&attributes) || dnnl_post_ops_create(&operations);
  if (!failed && product->accumulates)
    failed = dnnl_post_ops_append_sum(
#if DNNL_VERSION_MAJOR >= 3
               operations, 1, 0, dnnl_data_type_undef)
#else
               operations, 1)
#endif
      || dnnl_primitive_attr_set_post_ops(attributes, operations);
#if DNNL_VERSION_MAJOR >= 3
  dnnl_memory_desc_t left = NULL, right = NULL, output = NULL;
  failed = failed || dnnl_memory_desc_create_with_strides(&left, 2, left_shape, dnnl_bf16, left_strides)
    || dnnl_memory_desc_create_with_strides(&right, 2, right_shape, dnnl_bf16, right_strides)
    || dnnl_memory_desc_create_with_strides(&output, 2, output_shape, dnnl_f32, output_strides)
    || dnnl_matmul_primitive_desc_create(&description, thread->engine, left, right, NULL, output, attributes)
    || dnnl_memory_create(&product->left, left, thread->engine, DNNL_MEMORY_NONE)
    || dnnl_memory_create(&product->right, right, thread->engine, DNNL_MEMORY_NONE)
    || dnnl_memory_create(&product->output, output, thread->engine, DNNL_MEMORY_NONE);
#else
  dnnl_memory_desc_t left, right, output;
  dnnl_matmul_desc_t operation;
  failed = failed || dnnl_memory_desc_init_by_strides(&left, 2, left_shape, dnnl_bf16, left_strides)
    || dnnl_memory_desc_init_by_strides(&right, 2, right_shape, dnnl_bf16, right_strides)
    || dnnl_memory_desc_init_by_strides(&output, 2, output_shape, dnnl_f32, output_strides)
    || dnnl_matmul_desc_init(&operation, &left, &right, NULL, &output)
    || dnnl_primitive_desc_create(&description, &operation, attributes, thread->engine, NULL)
    || dnnl_memory_create(&product->left, &left, thread->engine, DNNL_MEMORY_NONE)
    || dnnl_memory_create(&product->right, &right, thread->engine, DNNL_MEMORY_NONE)
    || dnnl_memory_create(&product->output, &output, thread->engine, DNNL_MEMORY_NONE);
#endif
  failed = failed || dnnl_primitive_create(&product->primitive, description);
#if DNNL_VERSION_MAJOR >= 3
  dnnl_memory_desc_destroy(left);
  dnnl_memory_desc_destroy(right);
  dnnl_memory_desc_destroy(output);
#endif
  dnnl_primitive_desc_destroy(description);
  dnnl_post_ops_destroy(operations);
  dnnl_primitive_attr_destroy(attributes);
  return failed ? -1 : 0;
}

static inline void cooee_bfloat16_release(struct cooee_bfloat16_product *product) {
  dnnl_primitive_destroy(product->primitive);
  dnnl_memory_destroy(product->left);
  dnnl_memory_destroy(product->right);
  dnnl_memory_destroy(product->output);
  memset(product, 0, sizeof *product);
}

static inline int cooee_bfloat16_reserve(uint16_t **values, long *capacity, long count) {
  if (count <= *capacity) return 0;
  free(*values);
  *capacity = count + count / 4;
  *values = aligned_alloc(64, (size_t)(*capacity * 2 + 63) / 64 * 64);
  if (!*values) *capacity = 0;
  return *values ? 0 : -1;
}

/* output[m, n] (+)= left[m, k] · right[k, n], row by row; a transposed operand is stored as [k, m] or [n, k]. Returns 0, or -1
 * where oneDNN cannot do it; output is then as it was. */
static inline int cooee_bfloat16_multiply(
  const float *left, int transposes_left, const float *right, int transposes_right, float *output, long m, long n,
  long k, int accumulates) {
  static __thread struct cooee_bfloat16_thread *own;
  if (!own) {
    omp_set_num_threads(1);
    own = calloc(1, sizeof *own);
    if (!own) return -1;
    if (dnnl_engine_create(&own->engine, dnnl_cpu, 0)
      || dnnl_stream_create(&own->stream, own->engine, dnnl_stream_default_flags))
      return -1;
  }
  const unsigned long hash = ((unsigned long)m * 31 + (unsigned long)n) * 31 + (unsigned long)k;
  struct cooee_bfloat16_product *product =
    own->products + (hash * 8 + transposes_left * 4 + transposes_right * 2 + accumulates) % 1024;
  if (!product->primitive || product->m != m || product->n != n || product->k != k
    || product->transposes_left != transposes_left || product->transposes_right != transposes_right
    || product->accumulates != accumulates) {
    cooee_bfloat16_release(product);
    product->m = m;
    product->n = n;
    product->k = k;
    product->transposes_left = transposes_left;
    product->transposes_right = transposes_right;
    product->accumulates = accumulates;
    if (cooee_bfloat16_prepare(own, product)) {
      cooee_bfloat16_release(product);
      return -1;
    }
  }
  if (cooee_bfloat16_reserve(&own->left, &own->left_capacity, m * k)
    || cooee_bfloat16_reserve(&own->right, &own->right_capacity, k * n))
    return -1;
  cooee_bfloat16_round(left, own->left, m * k);
  cooee_bfloat16_round(right, own->right, k * n);
  const dnnl_exec_arg_t arguments[3] = {
    {DNNL_ARG_SRC, product->left}, {DNNL_ARG_WEIGHTS, product->right}, {DNNL_ARG_DST, product->output}};
  const int failed = dnnl_memory_set_data_handle(product->left, own->left)
    || dnnl_memory_set_data_handle(product->right, own->right)
    || dnnl_memory_set_data_handle(product->output, output)
    || dnnl_primitive_execute(product->primitive, own->stream, 3, arguments) || dnnl_stream_wait(own->stream);
  return failed ? -1 : 0;
}
