# SPDX-License-Identifier: Apache-2.0
{
  'targets': [
    {
      'target_name': 'snatkit',
      'sources': [
        'arguments.cc',
        'bpf_fd.cc',
        'btf_view.cc',
        'environment.cc',
        'hook.cc',
        'interfaces.cc',
        'libbpf_words.cc',
        'link.cc',
        'lock.cc',
        'map.cc',
        'map_dump.cc',
        'module.cc',
        'netlink.cc',
        'netns.cc',
        'object.cc',
        'object_load.cc',
        'program.cc',
        'system.cc',
        'tc.cc',
      ],
      'defines': [
        'NAPI_VERSION=8',
        'NAPI_CPP_EXCEPTIONS',
        # A worker thread that is being torn down can run no JavaScript, and so throw nothing.
        'NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS',
      ],
      'cflags': [
        '-O2',
        '-Wall',
        '-Wextra',
        '-Werror',
        '-fvisibility=hidden',
        '-isystem', '<!(node -p "require(\'path\').resolve(require(\'node-addon-api\').include_dir)")',
        '<!@(pkg-config --cflags libbpf)',
      ],
      'cflags!': ['-O3'],
      'cflags_cc': ['-std=c++17'],
      'cflags_cc!': ['-fno-exceptions', '-fno-rtti', '-std=gnu++17', '-std=gnu++20'],
      # Not unloaded with the last environment: libbpf keeps the print callback.
      'ldflags': ['-Wl,-z,nodelete'],
      'libraries': ['<!@(pkg-config --libs libbpf)'],
    },
  ],
}
